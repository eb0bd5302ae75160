"""the evidence desk: registers taken in by file, watched sources, frozen pages, facts asked of others"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _own(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _to(table, "authority_id", "authorities"),
    ]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    op.create_table(
        "kept_bytes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_kept_bytes")),
    )
    op.create_table(
        "register_imports",
        *_own("register_imports"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("doubt", sa.String(length=20), nullable=True),
        sa.Column("rests_on", sa.Integer(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", Utc(), nullable=True),
        _to("register_imports", "made_by", "people"),
        _to("register_imports", "settled_by", "people"),
    )
    op.create_index(op.f("ix_register_imports_authority_id"), "register_imports", ["authority_id"])
    op.create_table(
        "register_rows",
        *_own("register_rows"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_ref", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("gone_at", Utc(), nullable=True),
        _to("register_rows", "import_id", "register_imports"),
        _to("register_rows", "entered_by", "people"),
        sa.UniqueConstraint(
            "authority_id", "kind", "unit_ref", "key", name=op.f("uq_register_rows_authority_id_kind_unit_ref_key")
        ),
    )
    op.create_table(
        "watched_sources",
        *_own("watched_sources"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("checked_at", Utc(), nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.UniqueConstraint("authority_id", "kind", name=op.f("uq_watched_sources_authority_id_kind")),
    )
    op.create_table(
        "frozen_pages",
        *_own("frozen_pages"),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("fact", sa.String(length=80), server_default="", nullable=False),
        sa.Column("title", sa.String(length=300), server_default="", nullable=False),
        sa.Column("media_type", sa.String(length=80), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("frozen_at", Utc(), nullable=True),
        sa.Column("now_digest", sa.String(length=64), nullable=True),
        sa.Column("checked_at", Utc(), nullable=True),
        sa.Column("changed_at", Utc(), nullable=True),
        sa.Column("gone_at", Utc(), nullable=True),
        sa.Column("trouble", sa.String(length=40), server_default="", nullable=False),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.Column("named_at", Utc(), nullable=False),
        _to("frozen_pages", "round_id", "rounds"),
        _to("frozen_pages", "application_id", "applications"),
        _to("frozen_pages", "named_by", "people"),
        sa.UniqueConstraint("application_id", "address", name=op.f("uq_frozen_pages_application_id_address")),
    )
    op.create_index(op.f("ix_frozen_pages_round_id"), "frozen_pages", ["round_id"])
    op.create_index(op.f("ix_frozen_pages_application_id"), "frozen_pages", ["application_id"])
    op.create_table(
        "fact_requests",
        *_own("fact_requests"),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=80), nullable=False),
        sa.Column("stated", sa.JSON(), nullable=True),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("says", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", Utc(), nullable=True),
        _to("fact_requests", "round_id", "rounds"),
        _to("fact_requests", "application_id", "applications"),
        _to("fact_requests", "person_id", "people"),
        _to("fact_requests", "asked_by", "people"),
        sa.UniqueConstraint("token_digest", name=op.f("uq_fact_requests_token_digest")),
    )
    op.create_index(op.f("ix_fact_requests_round_id"), "fact_requests", ["round_id"])
    op.create_index(op.f("ix_fact_requests_application_id"), "fact_requests", ["application_id"])


def downgrade() -> None:
    for table in ("fact_requests", "frozen_pages", "watched_sources", "register_rows", "register_imports", "kept_bytes"):
        op.drop_table(table)
