"""what a jury does together: joint sheets and consents, own deadlines, why a review was handed back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", Utc(), nullable=True))
        batch_op.add_column(sa.Column("ended", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "joint_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_joint_sheets_application_id_applications")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_joint_sheets_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_joint_sheets_round_id_rounds")),
        sa.ForeignKeyConstraint(["written_by"], ["jurors.id"], name=op.f("fk_joint_sheets_written_by_jurors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_sheets")),
        sa.UniqueConstraint("application_id", "version", name=op.f("uq_joint_sheets_application_id_version")),
    )
    with op.batch_alter_table("joint_sheets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joint_sheets_round_id"), ["round_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("joint_sheet_id", sa.Integer(), nullable=False),
        sa.Column("juror_id", sa.Integer(), nullable=False),
        sa.Column("given_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_consents_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(
            ["joint_sheet_id"], ["joint_sheets.id"], name=op.f("fk_consents_joint_sheet_id_joint_sheets")
        ),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_consents_juror_id_jurors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("joint_sheet_id", "juror_id", name=op.f("uq_consents_joint_sheet_id_juror_id")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_juror_id"), ["juror_id"], unique=False)


def downgrade() -> None:
    op.drop_table("consents")
    op.drop_table("joint_sheets")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_column("reason")
        batch_op.drop_column("ended")
        batch_op.drop_column("until")
