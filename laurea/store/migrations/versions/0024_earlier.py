"""what stood before: reviews, decisions, restorations, and what appeals had judged again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appeals", sa.Column("contested", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "assignment_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("juror_id", sa.Integer(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("assigned_at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stood_until", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_assignment_versions_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_assignment_versions_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_assignment_versions_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_assignment_versions_juror_id_jurors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_versions")),
    )
    op.create_index("ix_assignment_versions_round_id", "assignment_versions", ["round_id"])
    op.create_table(
        "decision_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("points", sa.String(length=40), nullable=True),
        sa.Column("exact_points", sa.String(length=60), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("group_name", sa.String(length=80), nullable=True),
        sa.Column("first_failing", sa.String(length=80), nullable=True),
        sa.Column("trace", sa.JSON(), nullable=False),
        sa.Column("rule_set", sa.String(length=64), nullable=False),
        sa.Column("policies", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Utc(), nullable=False),
        sa.Column("released_at", Utc(), nullable=True),
        sa.Column("stood_until", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_decision_versions_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_decision_versions_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_decision_versions_application_id_applications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_versions")),
    )
    op.create_index("ix_decision_versions_round_id", "decision_versions", ["round_id"])
    op.create_table(
        "restorations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("moment", Utc(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restored_by", sa.Integer(), nullable=True),
        sa.Column("restored_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_restorations_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_restorations_round_id_rounds")),
        sa.ForeignKeyConstraint(["restored_by"], ["people.id"], name=op.f("fk_restorations_restored_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    op.create_index("ix_restorations_round_id", "restorations", ["round_id"])
    op.create_table(
        "replays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("contested", sa.JSON(), nullable=False),
        sa.Column("juror_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("policies", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("replayed_at", Utc(), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("taken_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_replays_authority_id_authorities")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_replays_round_id_rounds")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_replays_appeal_id_appeals")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_replays_application_id_applications")
        ),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_replays_juror_id_jurors")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_replays_asked_by_people")),
        sa.ForeignKeyConstraint(["taken_by"], ["people.id"], name=op.f("fk_replays_taken_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index("ix_replays_round_id", "replays", ["round_id"])
    op.create_index("ix_replays_juror_id", "replays", ["juror_id"])
    op.create_index("ix_replays_appeal_id", "replays", ["appeal_id"])


def downgrade() -> None:
    for name in ("replays", "restorations", "decision_versions", "assignment_versions"):
        op.drop_table(name)
    op.drop_column("appeals", "contested")
