"""links bound to a browser with a code beside them; sessions told apart; identities, second factors, ended accounts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0023"
down_revision = "0027"
branch_labels = None
depends_on = None

LINK = (("address", 64), ("browser", 64), ("code", 64))


def upgrade() -> None:
    op.add_column("authorities", sa.Column("second_factor", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("people", sa.Column("ended_at", Utc(), nullable=True))
    for name, length in LINK:
        op.add_column("sign_in_links", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    op.add_column("sign_in_links", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_sign_in_links_browser", "sign_in_links", ["browser"])
    op.add_column("sessions", sa.Column("second", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("sessions", sa.Column("browser", sa.String(length=60), server_default="", nullable=False))
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_identities_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
        sa.UniqueConstraint("person_id", name=op.f("uq_identities_person_id")),
    )
    op.create_table(
        "identity_requests",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_identity_requests")),
    )
    op.create_table(
        "second_factors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("enrolled_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_second_factors_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("person_id", name=op.f("uq_second_factors_person_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_person_id", "recovery_codes", ["person_id"])


def downgrade() -> None:
    for table in ("recovery_codes", "second_factors", "identity_requests", "identities"):
        op.drop_table(table)
    op.drop_index("ix_sessions_person_id", "sessions")
    for name in ("browser", "second"):
        op.drop_column("sessions", name)
    op.drop_index("ix_sign_in_links_browser", "sign_in_links")
    for name in ("tries", *(name for name, _ in LINK)):
        op.drop_column("sign_in_links", name)
    op.drop_column("people", "ended_at")
    op.drop_column("authorities", "second_factor")
