"""applying through the portal: drafts with their versions, who works on them, what applicants say of facts, appeals"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _own(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f(f"fk_{table}_authority_id_authorities")),
    ]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_applications_key"), ["key"])
    applications = sa.table("applications", sa.column("id", sa.Integer), sa.column("key", sa.String))
    connection = op.get_bind()
    ids = list(connection.execute(sa.select(applications.c.id)).scalars())
    if ids:
        connection.execute(
            sa.update(applications).where(applications.c.id == sa.bindparam("b_id")).values(key=sa.bindparam("b_key")),
            [{"b_id": one, "b_key": secrets.token_urlsafe(16)} for one in ids],
        )
    op.create_table(
        "application_drafts",
        *_own("application_drafts"),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("heading", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("children", sa.JSON(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("begun_by", sa.Integer(), nullable=False),
        sa.Column("begun_at", Utc(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.Column("kept_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _to("application_drafts", "round_id", "rounds"),
        _to("application_drafts", "application_id", "applications"),
        _to("application_drafts", "begun_by", "people"),
        _to("application_drafts", "saved_by", "people"),
        sa.UniqueConstraint("key", name=op.f("uq_application_drafts_key")),
        sa.UniqueConstraint("application_id", name=op.f("uq_application_drafts_application_id")),
    )
    op.create_index(op.f("ix_application_drafts_round_id"), "application_drafts", ["round_id"])
    op.create_index(op.f("ix_application_drafts_begun_by"), "application_drafts", ["begun_by"])
    op.create_table(
        "draft_versions",
        *_own("draft_versions"),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        _to("draft_versions", "draft_id", "application_drafts"),
        _to("draft_versions", "saved_by", "people"),
        sa.UniqueConstraint("draft_id", "version", name=op.f("uq_draft_versions_draft_id_version")),
    )
    op.create_table(
        "application_members",
        *_own("application_members"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("invited_by", sa.Integer(), nullable=True),
        sa.Column("joined_at", Utc(), nullable=False),
        _to("application_members", "person_id", "people"),
        _to("application_members", "draft_id", "application_drafts"),
        _to("application_members", "application_id", "applications"),
        _to("application_members", "invited_by", "people"),
        sa.UniqueConstraint("draft_id", "person_id", name=op.f("uq_application_members_draft_id_person_id")),
        sa.UniqueConstraint(
            "application_id", "person_id", name=op.f("uq_application_members_application_id_person_id")
        ),
    )
    op.create_index(op.f("ix_application_members_person_id"), "application_members", ["person_id"])
    op.create_index(op.f("ix_application_members_application_id"), "application_members", ["application_id"])
    op.create_table(
        "statements",
        *_own("statements"),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("said_at", Utc(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        _to("statements", "settled_by", "people"),
        _to("statements", "application_id", "applications"),
        _to("statements", "person_id", "people"),
    )
    op.create_index(op.f("ix_statements_application_id"), "statements", ["application_id"])
    op.create_table(
        "appeals",
        *_own("appeals"),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("finding", sa.String(length=60), nullable=True),
        sa.Column("filed_at", Utc(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        _to("appeals", "round_id", "rounds"),
        _to("appeals", "application_id", "applications"),
        _to("appeals", "person_id", "people"),
        _to("appeals", "settled_by", "people"),
        sa.UniqueConstraint("application_id", name=op.f("uq_appeals_application_id")),
    )
    op.create_index(op.f("ix_appeals_round_id"), "appeals", ["round_id"])


def downgrade() -> None:
    op.drop_table("appeals")
    op.drop_table("statements")
    op.drop_table("application_members")
    op.drop_table("draft_versions")
    op.drop_table("application_drafts")
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_applications_key"), type_="unique")
        batch_op.drop_column("key")
