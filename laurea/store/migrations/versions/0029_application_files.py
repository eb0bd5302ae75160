"""files of applications, and how many of them an application has"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

FILES = "application_files"
POINTS = (
    ("authority_id", "authorities"), ("draft_id", "application_drafts"), ("application_id", "applications"),
    ("added_by", "people"),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("applications", sa.Column("files", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        FILES,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", Utc(), nullable=False),
        sa.Column("copies", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_{FILES}_{name}_{table}"))
            for name, table in POINTS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FILES}")),
        sa.UniqueConstraint("draft_id", "digest", name=op.f(f"uq_{FILES}_draft_id_digest")),
    )
    for name in ("draft_id", "application_id"):
        op.create_index(f"ix_{FILES}_{name}", FILES, [name])


def downgrade() -> None:
    op.drop_table(FILES)
    op.drop_column("applications", "files")
