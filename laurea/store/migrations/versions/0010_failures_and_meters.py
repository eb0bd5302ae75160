"""steps of a round that fail, and how often programs and visitors ask"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", Utc(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
        sa.Column("says", sa.String(length=500), nullable=False),
        sa.Column("remedy", sa.String(length=500), server_default="", nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_step_failures_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_step_failures_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_failures")),
        sa.UniqueConstraint("round_id", "step", name=op.f("uq_step_failures_round_id_step")),
    )
    op.create_table(
        "meters",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "since", name=op.f("pk_meters")),
    )


def downgrade() -> None:
    op.drop_table("meters")
    op.drop_table("step_failures")
