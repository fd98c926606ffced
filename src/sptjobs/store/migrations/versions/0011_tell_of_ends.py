"""Send messages to users who ask for them, when a job has ended for example.

Revision: 0011. Follows: 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None

# New tables, and a column that may be empty: earlier releases look at none of it, and send nothing.
oldest_supported = "0001"


def upgrade() -> None:
    op.add_column("account", sa.Column("email", sa.String(length=255), nullable=True))
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("secret", sa.String(length=64), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("last_sent", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_notice_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_notice_job_id_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_account_id", "notice", ["account_id"])
    op.create_index("ix_notice_job_id", "notice", ["job_id"])
    op.create_index("ix_notice_topic", "notice", ["topic"])
    op.create_table(
        "notice_message",
        sa.Column(
            "message_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            nullable=False,
        ),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("about_id", sa.String(length=32), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.notice_id"],
            name=op.f("fk_notice_message_notice_id_notice"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["job.job_id"],
            name=op.f("fk_notice_message_job_id_job"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["account.account_id"], name=op.f("fk_notice_message_about_id_account")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_notice_message")),
    )
    op.create_index("ix_notice_message_notice_id", "notice_message", ["notice_id"])
    op.create_index("ix_notice_message_job_id", "notice_message", ["job_id"])
    op.create_index("ix_notice_message_created", "notice_message", ["created"])
