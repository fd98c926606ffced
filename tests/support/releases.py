"""The release after this one, as a folder of its own: one more migration, and code that uses it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import sptjobs
from sptjobs.store.schema_revision import history

_MIGRATION = '''"""Add a remark to jobs and parts."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
oldest_supported = "{oldest}"


def upgrade() -> None:
    op.add_column("job", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("part", sa.Column("remark", sa.Text(), nullable=False, server_default=""))
    op.create_table("remark", sa.Column("remark_id", sa.Integer(), primary_key=True))
'''

_INDEX = '''"""Find jobs by their run ids."""

from sptjobs.store.indexes import make_index

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
oldest_supported = "{oldest}"
concurrently = True


def upgrade() -> None:
    make_index("ix_job_run_id", "job", ["run_id"])
'''

_SCHEMA = """
job.append_column(sa.Column("remark", sa.Text))
part.append_column(sa.Column("remark", sa.Text, nullable=False, server_default=""))
remark = sa.Table("remark", metadata, sa.Column("remark_id", sa.Integer, primary_key=True))
"""


@dataclass(frozen=True)
class Release:
    """A release in a folder, and the revision of its schema."""

    source: Path
    revision: str

    def upgrade(self, url: str) -> subprocess.CompletedProcess[str]:
        """Run its ``sptjobs db upgrade``."""
        return db_upgrade(url, {"PYTHONPATH": str(self.source)})


def next_release(folder: Path, *, supports_this: bool = True, index: bool = False) -> Release:
    """Make it, from this release's code; its migration is additive by default.

    Parameters
    ----------
    index
        Whether it makes an index instead of columns.
    """
    before = history()[-1]
    revision = f"{int(before) + 1:04d}"
    source = folder / "src"
    packages = Path(sptjobs.__file__).parents[1]
    for package in ("sptjobs", "sptapi"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(packages / package, source / package, ignore=ignored)
    oldest = before if supports_this else revision
    template = _INDEX if index else _MIGRATION
    migration = template.format(revision=revision, before=before, oldest=oldest)
    store = source / "sptjobs" / "store"
    (store / "migrations" / "versions" / f"{revision}_add_remarks.py").write_text(migration)
    with (store / "schema.py").open("a") as schema:
        schema.write(_SCHEMA)
    return Release(source, revision)


def db_upgrade(url: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``sptjobs db upgrade`` on a database."""
    required = {"SPT_BROKER_URL": "unix:///nowhere", "SPT_ARCHIVE": "/", "SPT_RESULTS": "/"}
    required |= {"SPT_TOKEN_KEY": "k" * 32, "SPT_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "sptjobs", "db", "upgrade"],
        env={**os.environ, **required, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
