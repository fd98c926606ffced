"""Link jobs to what they were made of.

Revision: 0002. Follows: 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable, and no foreign key: the new job outlives the one it was made of.
    op.add_column("job", sa.Column("parent_id", sa.String(length=32), nullable=True))
