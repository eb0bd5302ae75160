"""reserves of a jury, who are asked where a juror stays silent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jurors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reserve", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("jurors", schema=None) as batch_op:
        batch_op.drop_column("reserve")
