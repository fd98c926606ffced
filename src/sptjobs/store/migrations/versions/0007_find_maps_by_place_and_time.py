"""Find maps by their place on the sky and their times, and keep which pixels are observed.

Revision: 0007. Follows: 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

# Columns that may be null: earlier releases catalogue maps without them.
oldest_supported = "0001"

_NUMBERS = ("sky_x", "sky_y", "sky_z", "sky_cos", "sky_sin", "time_begin", "time_end")


def upgrade() -> None:
    for name in _NUMBERS:
        op.add_column("archive_map", sa.Column(name, sa.Double()))
    op.add_column("archive_map", sa.Column("moc", sa.Text()))
