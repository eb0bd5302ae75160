"""an officer looks at the portal as somebody else"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("viewing", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_sessions_viewing_people"), "people", ["viewing"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_sessions_viewing_people"), type_="foreignkey")
        batch_op.drop_column("viewing")
