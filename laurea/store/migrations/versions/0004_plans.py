"""the officer's plan: kept while it is looked at; rounds whose routing waits for the officer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("routed_by_hand", sa.Boolean(), server_default="0", nullable=False))
    op.create_table(
        "plan_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rests_on", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_plan_drafts_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_plan_drafts_made_by_people")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_plan_drafts_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_drafts")),
        sa.UniqueConstraint("round_id", name=op.f("uq_plan_drafts_round_id")),
    )


def downgrade() -> None:
    op.drop_table("plan_drafts")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_column("routed_by_hand")
