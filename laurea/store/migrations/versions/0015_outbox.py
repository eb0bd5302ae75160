"""the outbox: what happened to each letter, quiet hours and digests of an office, the undo window of a round"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("authorities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_from", sa.String(length=5), server_default="", nullable=False))
        batch_op.add_column(sa.Column("quiet_until", sa.String(length=5), server_default="", nullable=False))
        batch_op.add_column(sa.Column("digest_minutes", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("undo_minutes", sa.Integer(), nullable=True))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("at_once", sa.Boolean(), server_default="0", nullable=False))
    op.create_table(
        "letter_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), server_default="", nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_letter_events_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_events")),
    )
    with op.batch_alter_table("letter_events", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_letter_events_message_id"), ["message_id"], unique=False)
    op.create_table(
        "unsubscribed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("since", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_unsubscribed_authority_id_authorities")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_unsubscribed_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscribed")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_unsubscribed_person_id")),
        sa.UniqueConstraint("token", name=op.f("uq_unsubscribed_token")),
    )


def downgrade() -> None:
    op.drop_table("unsubscribed")
    op.drop_table("letter_events")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("at_once")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_column("undo_minutes")
    with op.batch_alter_table("authorities", schema=None) as batch_op:
        batch_op.drop_column("digest_minutes")
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("quiet_from")
