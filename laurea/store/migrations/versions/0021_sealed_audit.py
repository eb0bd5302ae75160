"""audit lines chained by digest, and refused any change"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from evaluators import seals
from laurea.store.tables import Utc

revision = "0021"
down_revision = "0017"
branch_labels = None
depends_on = None

LINES = sa.table(
    "audit",
    *(sa.column(name) for name in ("id", "authority_id", "round_id", "actor", "event", "subject")),
    sa.column("at", Utc()),
    sa.column("details", sa.JSON()),
    *(sa.column(name) for name in ("chain", "number", "seal")),
)
SQLITE = """
CREATE TRIGGER audit_no_{deed} BEFORE {DEED} ON audit
BEGIN SELECT RAISE(ABORT, 'lines of the audit are only ever added'); END
"""
POSTGRESQL = (
    """
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'lines of the audit are only ever added'; END $$
""",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
)


def upgrade() -> None:
    op.add_column("audit", sa.Column("chain", sa.String(length=40), server_default="", nullable=False))
    op.add_column("audit", sa.Column("number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("audit", sa.Column("seal", sa.String(length=64), server_default="", nullable=False))
    _seal(op.get_bind())
    op.create_index("ix_audit_chain", "audit", ["chain", "number"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
    else:
        for deed in ("update", "delete"):
            op.execute(SQLITE.format(deed=deed, DEED=deed.upper()))


def _seal(connection: sa.Connection) -> None:
    """Chain the lines there are, in the order they were written."""
    ends: dict[str, tuple[int, str]] = {}
    rows = []
    for line in connection.execute(sa.select(LINES).order_by(LINES.c.id)).mappings():
        chain = seals.chain_of(line["authority_id"], line["round_id"])
        number, before = ends.get(chain, (0, ""))
        ends[chain] = (number + 1, seals.seal(before, chain, number + 1, dict(line)))
        rows.append({"b_id": line["id"], "chain": chain, "number": number + 1, "seal": ends[chain][1]})
    if rows:
        change = sa.update(LINES).where(LINES.c.id == sa.bindparam("b_id"))
        new: dict[str, Any] = {"chain": sa.bindparam("chain"), "number": sa.bindparam("number"), "seal": sa.bindparam("seal")}
        connection.execute(change.values(new), rows)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_no_truncate ON audit")
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP FUNCTION audit_refuses()")
    else:
        op.execute("DROP TRIGGER audit_no_update")
        op.execute("DROP TRIGGER audit_no_delete")
    op.drop_index("ix_audit_chain", table_name="audit")
    for name in ("seal", "number", "chain"):
        op.drop_column("audit", name)
