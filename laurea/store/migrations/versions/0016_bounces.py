"""reports about letters, and which sender took a letter last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0016"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claim", sa.String(length=32), server_default="", nullable=False))
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=320), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_bounces_authority_id_authorities")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_bounces_message_id_messages")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_bounces_confirmed_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("digest", name=op.f("uq_bounces_digest")),
    )
    op.create_index("ix_bounces_address", "bounces", ["authority_id", "address"])
    op.create_index(op.f("ix_bounces_message_id"), "bounces", ["message_id"])


def downgrade() -> None:
    op.drop_table("bounces")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("claim")
