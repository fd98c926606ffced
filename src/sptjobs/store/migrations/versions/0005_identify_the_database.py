"""Give the database an id, by which the results folder knows it again.

Revision: 0005. Follows: 0004.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

# A new table only: earlier releases do not look at it.
oldest_supported = "0001"


def upgrade() -> None:
    identity = op.create_table(
        "database_identity",
        sa.Column("database_id", sa.String(length=32), nullable=False),
        sa.Column("sweeps", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("database_id", name=op.f("pk_database_identity")),
    )
    op.bulk_insert(identity, [{"database_id": uuid.uuid4().hex}])
