"""Find jobs whose destruction time has come, however many came before them.

Revision: 0003. Follows: 0002.
"""

from sptjobs.store.indexes import make_index, remove_index

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None

# An index only: what earlier releases ask takes longer, and returns the same.
oldest_supported = "0001"
concurrently = True


def upgrade() -> None:
    # Records of archived jobs stay for ever, and their times lie in the past.
    make_index("ix_job_phase_destruction", "job", ["phase", "destruction"])
    remove_index("ix_job_destruction", "job")
