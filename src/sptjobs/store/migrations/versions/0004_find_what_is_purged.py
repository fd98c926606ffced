"""Find rows that nobody can need any more without reading the others.

Revision: 0004. Follows: 0003.
"""

import sqlalchemy as sa

from sptjobs.store.indexes import make_index

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None

# Indexes only: earlier releases keep them up without knowing.
oldest_supported = "0001"
concurrently = True


def upgrade() -> None:
    make_index("ix_token_chain_start", "token", ["chain_start"])
    # Of a job's events only the one or two that end it.
    ended = sa.text("(kind = 'deleted' OR target = 'ARCHIVED')")
    make_index("ix_event_ended", "event", ["at"], sqlite_where=ended, postgresql_where=ended)
