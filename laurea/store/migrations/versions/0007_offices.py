"""several offices: which of them is central; who handed over what, what goes with it, and which round took it in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from laurea.store.tables import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LINKS = {"handed_by": "people", "taken_into": "rounds", "taken_by": "people"}


def upgrade() -> None:
    with op.batch_alter_table("authorities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), server_default="national", nullable=False))
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("taken_at", Utc(), nullable=True))
        for column, target in LINKS.items():
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_handovers_{column}_{target}"), target, [column], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        for column, target in LINKS.items():
            batch_op.drop_constraint(op.f(f"fk_handovers_{column}_{target}"), type_="foreignkey")
            batch_op.drop_column(column)
        batch_op.drop_column("taken_at")
        batch_op.drop_column("about")
    with op.batch_alter_table("authorities", schema=None) as batch_op:
        batch_op.drop_column("kind")
