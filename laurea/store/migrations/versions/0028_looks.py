"""who looked at whose personal data: lines that are only added, and go with their time alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0028"
down_revision = "0022"
branch_labels = None
depends_on = None

KEPT = "NOT EXISTS (SELECT 1 FROM retention_policies p WHERE p.authority_id = OLD.authority_id AND p.keep = 'looks' AND p.days IS NOT NULL)"  # fmt: skip
SQLITE = (
    """
CREATE TRIGGER looks_no_update BEFORE UPDATE ON looks
BEGIN SELECT RAISE(ABORT, 'lines of looks are only ever added'); END
""",
    f"""
CREATE TRIGGER looks_no_delete BEFORE DELETE ON looks WHEN {KEPT}
BEGIN SELECT RAISE(ABORT, 'the office has set no time for lines of looks'); END
""",
)
POSTGRESQL = (
    f"""
CREATE FUNCTION looks_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF {KEPT} THEN RAISE EXCEPTION 'the office has set no time for lines of looks'; END IF;
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'lines of looks are only ever added';
END $$
""",
    "CREATE TRIGGER looks_no_change BEFORE UPDATE OR DELETE ON looks FOR EACH ROW EXECUTE FUNCTION looks_refuses()",
    "CREATE TRIGGER looks_no_truncate BEFORE TRUNCATE ON looks FOR EACH STATEMENT EXECUTE FUNCTION looks_refuses()",
)


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_looks_authority_id_authorities")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_looks_round_id_rounds")),
        sa.ForeignKeyConstraint(["reader_id"], ["people.id"], name=op.f("fk_looks_reader_id_people")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_looks_token_id_tokens")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_looks_person_id_people")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_looks_application_id_applications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_authority_id_at", "looks", ["authority_id", "at"])
    for name in ("person_id", "application_id", "reader_id"):
        op.create_index(f"ix_looks_{name}", "looks", [name])
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("looks")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION looks_refuses()")
