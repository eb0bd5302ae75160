"""meetings of a jury: the room, its agenda, its minutes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("room", sa.String(length=100), nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("called_by", sa.Integer(), nullable=False),
        sa.Column("called_at", Utc(), nullable=False),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        _to("meetings", "authority_id", "authorities"),
        _to("meetings", "round_id", "rounds"),
        _to("meetings", "called_by", "people"),
    )
    op.create_index(op.f("ix_meetings_round_id"), "meetings", ["round_id"])
    op.create_table(
        "meeting_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Text(), server_default="", nullable=False),
        sa.Column("recommends", sa.String(length=80), server_default="", nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_items")),
        _to("meeting_items", "authority_id", "authorities"),
        _to("meeting_items", "meeting_id", "meetings"),
        _to("meeting_items", "application_id", "applications"),
        _to("meeting_items", "written_by", "people"),
        sa.UniqueConstraint("meeting_id", "place", name=op.f("uq_meeting_items_meeting_id_place")),
        sa.UniqueConstraint("meeting_id", "application_id", name=op.f("uq_meeting_items_meeting_id_application_id")),
    )
    op.create_index(op.f("ix_meeting_items_application_id"), "meeting_items", ["application_id"])


def downgrade() -> None:
    op.drop_table("meeting_items")
    op.drop_table("meetings")
