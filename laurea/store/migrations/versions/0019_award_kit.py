"""the award kit: what is sent to holders, ceremonies and their guests; when the clock last went round"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "kits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("address_fact", sa.String(length=80), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kits")),
        _to("kits", "authority_id", "authorities"),
        _to("kits", "round_id", "rounds"),
        sa.UniqueConstraint("round_id", name=op.f("uq_kits_round_id")),
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), server_default="to_send", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("contents", sa.JSON(), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("asked_at", Utc(), nullable=True),
        sa.Column("expires_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
        _to("parcels", "authority_id", "authorities"),
        _to("parcels", "round_id", "rounds"),
        _to("parcels", "grant_id", "grants"),
        sa.UniqueConstraint("grant_id", name=op.f("uq_parcels_grant_id")),
        sa.UniqueConstraint("key", name=op.f("uq_parcels_key")),
    )
    op.create_index(op.f("ix_parcels_round_id"), "parcels", ["round_id"])
    op.create_table(
        "ceremonies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), server_default="", nullable=False),
        sa.Column("begins_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("reply_until", Utc(), nullable=False),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("cancelled_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremonies")),
        _to("ceremonies", "authority_id", "authorities"),
        _to("ceremonies", "round_id", "rounds"),
        sa.UniqueConstraint("uid", name=op.f("uq_ceremonies_uid")),
    )
    op.create_index(op.f("ix_ceremonies_round_id"), "ceremonies", ["round_id"])
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("ceremony_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("invited_at", Utc(), nullable=False),
        sa.Column("comes", sa.Boolean(), nullable=True),
        sa.Column("people", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sounds", sa.String(length=200), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("replied_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
        _to("guests", "authority_id", "authorities"),
        _to("guests", "ceremony_id", "ceremonies"),
        _to("guests", "person_id", "people"),
        sa.UniqueConstraint("ceremony_id", "person_id", name=op.f("uq_guests_ceremony_id_person_id")),
        sa.UniqueConstraint("key", name=op.f("uq_guests_key")),
    )
    op.create_table(
        "clock_turns",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_clock_turns")),
    )


def downgrade() -> None:
    for table in ("clock_turns", "guests", "ceremonies", "parcels", "kits"):
        op.drop_table(table)
