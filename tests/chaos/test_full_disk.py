"""A disk without a byte left stops nothing for good, of the state folder and the results alike."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from sptjobs.engine.results_owner import OWNER_FILE
from sptjobs.stack.running import RunningStack, running_stack
from tests.support.alive import wait_until_all_is_repeated
from tests.support.disks import fill_disk, small_disk
from tests.support.processes import is_alive, wait_until
from tests.support.service import Service, check_manifest, grid_of_targets

SETTINGS = {
    "SPT_MIN_FREE_BYTES": "1Mi",
    "SPT_SWEEP_S": "0.1",
    "SPT_BEAT_S": "0.25",
    "SPT_DEAD_S": "3",
    "SPT_SLOTS": "1",
}
DISK_BYTES = 96 << 20
REQUEST: dict[str, Any] = {"positions": grid_of_targets(20), "size": 5, "bands": ["90GHz"]}


def test_a_full_disk_loses_nothing_and_the_stack_starts_on_it(
    tmp_path: Path, tiny_archive: Path
) -> None:
    var = tmp_path / "var"
    var.mkdir()
    settings = SETTINGS | {"SPT_ARCHIVE": str(tiny_archive)}
    with small_disk(var, DISK_BYTES) as is_small:
        with running_stack(var, settings) as stack:
            service = Service.of(stack)
            done = completed(service)
            files = service.files(done)
            empty = fill_disk(var) if is_small else None
            strike(stack)
            assert service.files(done) == files
            if is_small:
                assert refused(service)
            if empty is not None:
                empty()
            everything_lives(service)
        if is_small:
            fill_disk(var)
        with running_stack(var, settings) as stack:
            service = Service.of(stack)
            done = f"{service.jobs}/{done.rpartition('/')[2]}"
            assert service.files(done) == files
            # Deleting is the way out, and needs hardly any room.
            wait_until("the job is deleted", lambda: deleted(service, done), 60)
            folder = var / "results" / done.rpartition("/")[2]
            wait_until("its files are gone", lambda: not folder.exists(), 60)
            everything_lives(service)


def completed(service: Service) -> str:
    url = service.create(REQUEST)
    assert service.wait_final(url)["phase"] == "COMPLETED", service.log_end()
    assert check_manifest(service.manifest(url), service.files(url)) > 0
    return url


def strike(stack: RunningStack) -> None:
    """Kill every process while nothing can be written, and wait until it is there again."""
    for name, pid in stack.processes.items():
        os.kill(pid, signal.SIGKILL)
        assert stack.supervisor.poll() is None, name
    children = set(stack.processes.values())
    wait_until("all were started again", lambda: not any(map(is_alive, children)), 30)
    wait_until("the service is ready", lambda: ready(stack), 120)
    assert stack.supervisor.poll() is None


def ready(stack: RunningStack) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{stack.url}/ready", timeout=30).ok
    return False


def refused(service: Service) -> bool:
    """Whether new work is refused for want of room."""
    response = service.session.post(service.jobs, json=REQUEST | {"phase": "RUN"}, timeout=60)
    return response.status_code == 503


def deleted(service: Service, url: str) -> bool:
    response = service.session.delete(url, allow_redirects=False, timeout=60)
    return response.status_code in {303, 404}


def everything_lives(service: Service) -> None:
    """Check that a job goes its way, and that the sweeps of database and results go on."""
    owner = service.stack.var / "results" / OWNER_FILE
    url = completed(service)
    before = sweeps(owner)
    wait_until("the results are swept", lambda: sweeps(owner) > before, 60)
    wait_until("the job is deleted", lambda: deleted(service, url), 60)
    folder = owner.parent / url.rpartition("/")[2]
    wait_until("its files are gone", lambda: not folder.exists(), 60)
    assert ready(service.stack)
    wait_until_all_is_repeated(service.stack)


def sweeps(owner: Path) -> int:
    return int(json.loads(owner.read_text())["sweeps"]) if owner.exists() else 0
