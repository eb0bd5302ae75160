"""an index of people by address, whatever the case of its letters"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_people_address", "people", [sa.text("lower(email)"), "role"])


def downgrade() -> None:
    op.drop_index("ix_people_address", table_name="people")
