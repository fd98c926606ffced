"""A stack whose database is exchanged, new or restored loses nothing of its results."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sptjobs.engine.results_owner import OWNER_FILE
from sptjobs.stack.running import running_stack
from tests.chaos.test_full_disk import SETTINGS, completed, deleted, everything_lives
from tests.support.processes import wait_until
from tests.support.service import Service


def checksums(results: Path) -> dict[str, str]:
    """Give the checksum of every file of the results, but for that which names their owner."""
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in results.rglob("*")
        if path.is_file() and path.name != OWNER_FILE
    }


def copy(source: Path, target: Path) -> None:
    """Copy a database as `sptjobs db backup` does."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def make_new(backup: Path, database: Path) -> None:
    assert backup.exists()
    assert not database.exists()


def restore(backup: Path, database: Path) -> None:
    copy(backup, database)


def exchange(backup: Path, database: Path) -> None:
    copy(backup, database)
    with closing(sqlite3.connect(database)) as other:
        other.execute("UPDATE database_identity SET database_id = 'another', sweeps = 1000000")
        for table in ("pack", "part", "event", "job"):
            other.execute(f"DELETE FROM {table}")
        other.commit()


@pytest.mark.parametrize("replace", [make_new, restore, exchange])
def test_results_outlive_another_database_until_their_own_is_back(
    tmp_path: Path, tiny_archive: Path, replace: Callable[[Path, Path], None]
) -> None:
    var, settings = tmp_path / "var", SETTINGS | {"SPT_ARCHIVE": str(tiny_archive)}
    database, backup, own = var / "spt.db", tmp_path / "backup.db", tmp_path / "own.db"
    with running_stack(var, settings) as stack:
        service = Service.of(stack)
        jobs = [completed(service)]
        copy(database, backup)
        jobs.append(completed(service))
        before = checksums(var / "results")
    database.rename(own)
    replace(backup, database)
    with running_stack(var, settings) as stack:
        refused = "nothing is removed from the results"
        wait_until("the sweep is refused", lambda: refused in stack.log.read_text(), 60)
        warnings = Service.of(stack).get(f"{stack.url}/ready").json()["warnings"]
        assert "sptjobs results check" in warnings["results-owner"]
        # What this database makes in the meantime is in nobody's way.
        completed(Service.of(stack))
        assert before.items() <= checksums(var / "results").items()
    for leftover in var.glob("spt.db*"):
        leftover.unlink()
    own.rename(database)
    with running_stack(var, settings) as stack:
        service = Service.of(stack)
        assert before.items() <= checksums(var / "results").items()
        for url in jobs:
            assert service.files(here(service, url))
        wait_until("deleted", lambda: deleted(service, here(service, jobs[0])), 60)
        everything_lives(service)


def here(service: Service, url: str) -> str:
    """The address of a job at this start: the port is another one."""
    return f"{service.jobs}/{url.rpartition('/')[2]}"
