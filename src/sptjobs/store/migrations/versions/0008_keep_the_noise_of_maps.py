"""Keep the noise of maps against their weights, by which flux densities have right errors.

Revision: 0008. Follows: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None

# A column that may be null: earlier releases catalogue maps without it.
oldest_supported = "0001"


def upgrade() -> None:
    op.add_column("archive_map", sa.Column("noise", sa.Text()))
