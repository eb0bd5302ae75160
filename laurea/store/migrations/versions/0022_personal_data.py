"""how long an office keeps what it holds of people, what is due, and a reason that leaves the audit"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("second_person_why", sa.String(length=300), server_default="", nullable=False))
    op.create_table(
        "retention_policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("keep", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("by_clock", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_retention_policies_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_retention_policies_set_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_policies")),
        sa.UniqueConstraint("authority_id", "keep", name=op.f("uq_retention_policies_authority_id_keep")),
    )
    op.create_table(
        "erasure_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("done", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("done_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_erasure_lists_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name=op.f("fk_erasure_lists_settled_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_lists")),
    )
    op.create_index(op.f("ix_erasure_lists_authority_id"), "erasure_lists", ["authority_id"])


def downgrade() -> None:
    op.drop_table("erasure_lists")
    op.drop_table("retention_policies")
    op.drop_column("rounds", "second_person_why")
