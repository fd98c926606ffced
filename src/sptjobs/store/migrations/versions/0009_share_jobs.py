"""Share jobs with members, groups, and whoever has the address.

Revision: 0009. Follows: 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None

# A new table only: earlier releases do not look at it, and show jobs to their owners alone.
oldest_supported = "0001"


def upgrade() -> None:
    op.create_table(
        "job_share",
        sa.Column("share_id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_job_share_job_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("share_id", name=op.f("pk_job_share")),
        sa.UniqueConstraint(
            "job_id", "kind", "holder", name=op.f("uq_job_share_job_id_kind_holder")
        ),
    )
    op.create_index("ix_job_share_kind_holder", "job_share", ["kind", "holder"])
