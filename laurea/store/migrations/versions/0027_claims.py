"""claims of workers on pieces of a round"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("applications", sa.JSON(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_claims_authority_id_authorities")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_claims_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index("ix_claims_round_id_step", "claims", ["round_id", "step"])


def downgrade() -> None:
    op.drop_table("claims")
