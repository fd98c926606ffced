"""The chapter on backup and restore, typed beside a service at work, then after a loss."""

import sys
from pathlib import Path

from tests.journeys.conftest import Siblings
from tests.journeys.test_faults import QUICK, assert_complete, start_large_job
from tests.support.pasting import block, paste
from tests.support.processes import wait_until
from tests.support.service import Service, grid_of_targets

CHAPTER = Path(__file__).parents[2] / "docs/administrators/backup.md"
REQUEST = {"positions": grid_of_targets(30), "size": 5}


def completed(service: Service) -> str:
    url = service.create(REQUEST)
    assert service.wait_final(url)["phase"] == "COMPLETED"
    return url


def here(service: Service, url: str) -> str:
    """The address of a job at this start: the port is another one."""
    return f"{service.jobs}/{url.rpartition('/')[2]}"


def test_what_was_there_at_the_backup_is_there_after_the_restore(
    sibling: Siblings, tmp_path: Path
) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    var = tmp_path / "var"
    with sibling(var, QUICK) as service:
        done = completed(service)
        files = service.files(done)
        running = start_large_job(service)
        paste(block(CHAPTER, "back up"), tmp_path, timeout_s=120)
        since = completed(service)
    var.rename(tmp_path / "lost")
    said = paste(block(CHAPTER, "restore"), tmp_path, timeout_s=120)
    assert "0 packs are missing that the database names" in said
    assert "are those of this database" in said
    with sibling(var, QUICK) as service:
        # The keys are the same: whoever had a token still has it.
        assert service.files(here(service, done)) == files
        assert service.session.get(here(service, since), timeout=60).status_code == 404
        # What ran goes on where the backup had it.
        assert_complete(service, here(service, running))
        service.session.delete(here(service, done), allow_redirects=False, timeout=60)
        folder = var / "results" / done.rpartition("/")[2]
        wait_until("the files of a deleted job go", lambda: not folder.exists(), 120)
        assert "nothing is removed from the results" not in service.stack.log.read_text()
