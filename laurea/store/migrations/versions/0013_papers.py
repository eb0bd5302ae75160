"""papers of labels: when one was reissued under a corrected name, and what stood there before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reissued_at", Utc(), nullable=True))
    op.create_table(
        "renamings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=200), nullable=False),
        sa.Column("after", sa.String(length=200), nullable=False),
        sa.Column("renamed_by", sa.Integer(), nullable=True),
        sa.Column("renamed_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_renamings_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_renamings_grant_id_grants")),
        sa.ForeignKeyConstraint(["renamed_by"], ["people.id"], name=op.f("fk_renamings_renamed_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renamings")),
    )
    with op.batch_alter_table("renamings", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_renamings_grant_id"), ["grant_id"], unique=False)


def downgrade() -> None:
    op.drop_table("renamings")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_column("reissued_at")
