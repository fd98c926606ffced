"""Keep sums of the blocks of map files, by which cutting sees that a file has rotted.

Revision: 0006. Follows: 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None

# A column that may be null: earlier releases catalogue maps without it.
oldest_supported = "0001"


def upgrade() -> None:
    op.add_column("archive_map", sa.Column("block_sums", sa.Text()))
