"""Let those whom no group lets in ask for access.

Revision: 0010. Follows: 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None

# A new table only: earlier releases do not look at it, and refuse whom no group lets in.
oldest_supported = "0001"


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("institute", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name=op.f("fk_access_request_account_id_account"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_access_request")),
    )
    op.create_index("ix_access_request_state", "access_request", ["state"])
    op.create_index("ix_access_request_changed", "access_request", ["changed"])
