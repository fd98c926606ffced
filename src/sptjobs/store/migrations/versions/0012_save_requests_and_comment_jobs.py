"""Keep presets of requests and lists of targets for users, and comments on jobs.

Revision: 0012. Follows: 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None

# New tables only: earlier releases look at none of them.
oldest_supported = "0001"


def upgrade() -> None:
    op.create_table(
        "saved",
        sa.Column("saved_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("targets", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_saved_account_id_account")
        ),
        sa.PrimaryKeyConstraint("saved_id", name=op.f("pk_saved")),
        sa.UniqueConstraint(
            "account_id", "kind", "name", name=op.f("uq_saved_account_id_kind_name")
        ),
    )
    op.create_table(
        "job_comment",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_job_comment_job_id_job"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.account_id"], name=op.f("fk_job_comment_author_id_account")
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_job_comment")),
    )
    op.create_index("ix_job_comment_job_id", "job_comment", ["job_id"])
