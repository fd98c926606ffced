"""${message}.

Revision: ${up_revision}. Follows: ${down_revision | comma,n}.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

# Oldest revision whose code works with the schema that this migration leaves.
oldest_supported = ${repr(down_revision)}
# True for indexes on tables that exist: alone, by sptjobs.store.indexes, in a migration of theirs.
concurrently = False


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
