"""Tell more of jobs, link them; end tokens; audit; sessions; support releases.

Revision: 0002. Follows: 0001.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None

# Additive: the release before works on, though it cannot read yet that it may.
oldest_supported = "0001"


def upgrade() -> None:
    # Nullable, and no foreign key: the new job outlives the one it was made of.
    op.add_column("job", sa.Column("parent_id", sa.String(length=32), nullable=True))
    _extend_jobs()
    _extend_tokens()
    _make_audit()
    _make_sessions()
    _make_schema_support()


def _extend_jobs() -> None:
    columns: list[sa.Column[Any]] = [
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=True),
        sa.Column("abort_reason", sa.Text(), nullable=True),
        sa.Column("wanted_duration", sa.Integer(), nullable=True),
        sa.Column("wanted_destruction", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disk_bytes", sa.BigInteger(), server_default="0", nullable=False),
    ]
    for column in columns:
        op.add_column("job", column)
    # The tars are nearly all there is; the small files beside them are counted from now on.
    op.execute(
        "UPDATE job SET disk_bytes = "
        "(SELECT coalesce(sum(size_bytes), 0) FROM pack WHERE pack.job_id = job.job_id)"
    )
    op.create_index("ix_job_owner_disk_bytes", "job", ["owner_id", "disk_bytes"])
    op.create_index("ix_job_owner_request_digest", "job", ["owner_id", "request_digest"])


def _extend_tokens() -> None:
    # What the previous release inserts meanwhile gets the defaults.
    for table, column in (("account", "token_epoch"), ("token", "epoch")):
        op.add_column(table, sa.Column(column, sa.Integer(), server_default="0", nullable=False))
    op.add_column("token", sa.Column("name", sa.String(length=80), nullable=True))
    op.add_column("token", sa.Column("last_used", sa.DateTime(timezone=True), nullable=True))


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("target", sa.String(length=255), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index("ix_audit_account_id_at", "audit", ["account_id", "at"])


def _make_sessions() -> None:
    op.create_table(
        "browser_session",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_session", sa.String(length=255), nullable=True),
        sa.Column("sealed_grant", sa.Text(), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name=op.f("fk_browser_session_account_id_account"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_browser_session")),
    )
    for column in ("account_id", "expires", "provider_session"):
        op.create_index(op.f(f"ix_browser_session_{column}"), "browser_session", [column])
    op.create_table(
        "spent",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent")),
    )
    op.create_index(op.f("ix_spent_expires"), "spent", ["expires"])


def _make_schema_support() -> None:
    op.create_table(
        "schema_support",
        sa.Column("oldest_revision", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("oldest_revision", name=op.f("pk_schema_support")),
    )
