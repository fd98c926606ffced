"""What breaks on purpose while a job runs, and what holds all the same."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import Siblings
from tests.support.processes import all_gone, descendants, wait_until
from tests.support.scale import scaled
from tests.support.service import Service, check_manifest, grid_of_targets

TARGETS = scaled(2_000, 20_000)
# A lost worker is noticed sooner than in production, so that the tests take seconds.
QUICK = {"SPT_BEAT_S": "0.25", "SPT_DEAD_S": "3", "SPT_SWEEP_S": "0.5", "SPT_SLOTS": "2"}


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory, sibling: Siblings) -> Iterator[Service]:
    with sibling(tmp_path_factory.mktemp("fragile"), QUICK) as service:
        yield service


def start_large_job(service: Service, targets: int = TARGETS) -> str:
    job = service.create({"positions": grid_of_targets(targets), "bands": ["150GHz"], "size": 10})
    service.wait_for(job, lambda document: document["jobInfo"]["progress"]["pairs_done"] > 0, 60)
    return job


def kill_cutting_child(service: Service) -> None:
    wait_until("a child cuts", lambda: bool(service.children()), 20)
    os.kill(max(service.children()), signal.SIGKILL)


def kill_process(service: Service, name: str) -> None:
    os.kill(service.stack.processes[name], signal.SIGKILL)


def assert_complete(service: Service, job: str) -> None:
    document = service.wait_final(job, 120 + 0.1 * TARGETS)
    assert document["phase"] == "COMPLETED", (document, service.log_end())
    rows = service.manifest(job)
    assert len({(row["objid"], row["map_id"]) for row in rows}) == len(rows)
    assert len({row["objid"] for row in rows}) == TARGETS
    assert not [row for row in rows if row["status"] == "failed"]
    assert check_manifest(rows, service.files(job)) > TARGETS / 2


@pytest.mark.parametrize("victim", ["child", "execute-1", "broker", "api", "control"])
def test_a_job_completes_whatever_is_killed(fragile: Service, victim: str) -> None:
    job = start_large_job(fragile)
    if victim == "child":
        kill_cutting_child(fragile)
    else:
        kill_process(fragile, victim)
    assert_complete(fragile, job)


def test_a_job_completes_when_everything_is_killed_in_turn(fragile: Service) -> None:
    job = start_large_job(fragile)
    for victim in ("api", "broker", "control", "execute-1"):
        kill_process(fragile, victim)
        time.sleep(0.3)
    assert_complete(fragile, job)


def test_an_abort_is_answered_at_once_and_the_child_is_gone(fragile: Service) -> None:
    wait_until("the children are warm", lambda: bool(fragile.children()), 20)
    job = start_large_job(fragile, targets=10_000)
    children = fragile.children()
    # Stopped, they cannot end their parts before the abort is felt; who waits for a part gets one.
    for child in children:
        os.kill(child, signal.SIGSTOP)
    begun = time.monotonic()
    response = fragile.session.post(
        f"{job}/phase", data={"PHASE": "ABORT"}, allow_redirects=False, timeout=10
    )
    assert response.status_code == 303
    assert fragile.job(job)["phase"] == "ABORTED"
    assert time.monotonic() - begun < 1
    wait_until("a child of the aborted job is gone", lambda: not children <= fragile.children(), 2)
    for child in children & fragile.children():
        os.kill(child, signal.SIGCONT)
    rows = fragile.manifest(job)
    assert check_manifest(rows, fragile.files(job)) <= len(rows)


def test_work_goes_on_after_the_abort(fragile: Service) -> None:
    job = fragile.create({"positions": grid_of_targets(3), "size": 5})
    assert fragile.wait_final(job, 30)["phase"] == "COMPLETED"


def test_ctrl_c_of_the_stack_leaves_no_process(tmp_path: Path, sibling: Siblings) -> None:
    with sibling(tmp_path / "var", {}) as service:
        wait_until("a child is warm", lambda: bool(service.children()), 20)
        supervisor = service.stack.supervisor
        family = descendants(supervisor.pid)
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(30) == 0
        assert all_gone(family)


def test_sigkill_of_the_stack_leaves_no_process_and_the_next_one_goes_on(
    tmp_path: Path, sibling: Siblings
) -> None:
    with sibling(tmp_path / "var", QUICK) as service:
        job = start_large_job(service)
        supervisor = service.stack.supervisor
        family = descendants(supervisor.pid)
        supervisor.kill()
        supervisor.wait()
        wait_until("every process is gone", lambda: all_gone(family), 3)
    with sibling(tmp_path / "var", QUICK) as service:
        assert_complete(service, f"{service.jobs}/{job.rpartition('/')[2]}")
