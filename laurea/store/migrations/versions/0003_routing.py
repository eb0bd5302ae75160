"""what routing needs: topics, who was mentored, pins, and jurors who leave"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topics", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("jurors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mentored", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("left_at", Utc(), nullable=True))
        batch_op.add_column(sa.Column("left_why", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "pins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("juror_id", sa.Integer(), nullable=False),
        sa.Column("pin", sa.String(length=10), nullable=False),
        sa.Column("pinned_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_pins_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_pins_authority_id_authorities")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_pins_juror_id_jurors")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_pins_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sa.UniqueConstraint("application_id", "juror_id", name=op.f("uq_pins_application_id_juror_id")),
    )
    with op.batch_alter_table("pins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pins_round_id"), ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_table("pins")
    with op.batch_alter_table("jurors", schema=None) as batch_op:
        batch_op.drop_column("left_why")
        batch_op.drop_column("left_at")
        batch_op.drop_column("mentored")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_column("topics")
