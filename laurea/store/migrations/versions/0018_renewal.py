"""terms of awards: the steps the clock tells holders of, and decisions that change a term or withdraw an award"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0018"
down_revision = "0019"
branch_labels = None
depends_on = None

DAYS_BEFORE = (90, 30, 7)  # of the reminders, as the house had them when this was written


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    with op.batch_alter_table("grants", schema=None) as batch_op:
        for name in ("renewal_closes", "grace_until", "told_on"):
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "grant_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), server_default="", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("how", sa.String(length=20), server_default="", nullable=False),
        sa.Column("done_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_steps")),
        _to("grant_steps", "authority_id", "authorities"),
        _to("grant_steps", "grant_id", "grants"),
        sa.UniqueConstraint("grant_id", "kind", "name", name=op.f("uq_grant_steps_grant_id")),
    )
    op.create_index("ix_grant_steps_due", "grant_steps", ["how", "due_on"])
    op.create_index("ix_grant_steps_day", "grant_steps", ["authority_id", "day"])
    op.create_table(
        "grant_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("after", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_acts")),
        _to("grant_acts", "authority_id", "authorities"),
        _to("grant_acts", "round_id", "rounds"),
        _to("grant_acts", "grant_id", "grants"),
        _to("grant_acts", "decided_by", "people"),
    )
    op.create_index(op.f("ix_grant_acts_round_id"), "grant_acts", ["round_id"])
    op.create_index(op.f("ix_grant_acts_grant_id"), "grant_acts", ["grant_id"])
    _give_steps()


def _give_steps() -> None:
    """Awards granted before this get the steps that the clock went by until now, and the house's reminders."""
    names = ("id", "authority_id", "valid_from", "valid_until", "renewal_opens", "renewed_at", "lapsed_at")
    dated = {"valid_from", "valid_until", "renewal_opens"}
    grants = sa.table("grants", *(sa.column(n, sa.Date() if n in dated else sa.Integer()) for n in names[:5]),
                      sa.column("renewed_at", Utc()), sa.column("lapsed_at", Utc()))  # fmt: skip
    columns = ("authority_id", "grant_id", "kind", "name", "day", "due_on", "last", "how", "done_at")
    kinds: dict[str, Any] = {
        "authority_id": sa.Integer(), "grant_id": sa.Integer(), "day": sa.Date(), "due_on": sa.Date(), "last": sa.Date(),
        "done_at": Utc(),
    }  # fmt: skip
    steps = sa.table("grant_steps", *(sa.column(name, kinds.get(name, sa.String())) for name in columns))
    connection = op.get_bind()
    rows: list[dict[str, Any]] = []
    for one in connection.execute(sa.select(grants).where(grants.c.valid_until.is_not(None))):
        until: date = one.valid_until
        kept: list[tuple[str, str, date, date, date | None, Any]] = [
            ("lapse", "", until, until + timedelta(days=1), None, one.lapsed_at)
        ]
        if one.lapsed_at is None:
            if one.renewal_opens and one.valid_from < one.renewal_opens <= until:
                kept.append(("renewal", "", one.renewal_opens, one.renewal_opens, until, one.renewed_at))
            after = max(one.valid_from, (one.renewal_opens or one.valid_from) + timedelta(days=14))
            for place, before in enumerate(DAYS_BEFORE):
                day = until - timedelta(days=before)
                if day > after:
                    kept.append(("reminder", str(place), day, day, until - timedelta(days=1), None))
        rows += [
            {"authority_id": one.authority_id, "grant_id": one.id, "kind": kind, "name": name, "day": day,
             "due_on": due_on, "last": last, "how": "told" if done else "", "done_at": done}
            for kind, name, day, due_on, last, done in kept
        ]  # fmt: skip
    if rows:
        connection.execute(steps.insert(), rows)


def downgrade() -> None:
    op.drop_table("grant_acts")
    op.drop_table("grant_steps")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        for name in ("told_on", "grace_until", "renewal_closes"):
            batch_op.drop_column(name)
