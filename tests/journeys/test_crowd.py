"""Many jobs, many targets and several users at once, on a stack with two execute workers."""

import logging
import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sptjobs.broker.queues import EXECUTE_QUEUE, make_broker
from tests.journeys.conftest import Siblings
from tests.support.beside import every
from tests.support.memory import peaks
from tests.support.processes import descendants
from tests.support.rows import attempts_of, rows
from tests.support.scale import scaled
from tests.support.service import Service, check_manifest, grid_of_targets

_log = logging.getLogger(__name__)

MANY_TARGETS = scaled(5_000, 100_000)
LARGE_TARGETS = scaled(2_000, 10_000)
MANY_JOBS = scaled(50, 1_000)
READY_PARTS = scaled(100, 10_000)
STOPPED_S = scaled(3, 60)
WATCHED_S = 60
SLOTS = 4
"""Two workers, each with one slot for all and one that is reserved."""
SETTINGS = {
    "SPT_EXECUTE_WORKERS": "2",
    "SPT_SLOTS": "1",
    "SPT_MAX_ACTIVE_JOBS": "20000",
}
SMALL: dict[str, Any] = {"size": 5, "bands": ["150GHz"]}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, sibling: Siblings) -> Iterator[Service]:
    with sibling(tmp_path_factory.mktemp("crowd"), SETTINGS) as service:
        single(service)
        yield service


def single(service: Service) -> float:
    """Have one target cut and give the seconds from the request to the end of the job."""
    begun = time.monotonic()
    job = service.create(SMALL | {"positions": grid_of_targets(1)})
    phase = ""
    while phase != "COMPLETED":
        assert phase in {"", "QUEUED", "EXECUTING"}, (phase, service.log_end())
        phase = service.get(job, WAIT="20", **({"PHASE": phase} if phase else {})).json()["phase"]
    return time.monotonic() - begun


def small_jobs(service: Service, count: int) -> list[str]:
    """Submit jobs of one target each, as fast as one client can."""
    return [service.create(SMALL | {"positions": [place]}) for place in grid_of_targets(count)]


def wait_until_all_are_completed(service: Service, jobs: list[str], seconds: float) -> None:
    """Wait for jobs that were submitted one after the other, and check each one's files."""
    ids = {job.rpartition("/")[2] for job in jobs}
    deadline = time.monotonic() + seconds
    while True:
        listed = service.session.get(service.jobs, params={"LAST": len(jobs)}, timeout=60).json()
        phases = Counter(job["phase"] for job in listed["jobs"] if job["id"] in ids)
        if phases == {"COMPLETED": len(jobs)}:
            return
        assert not phases.keys() - {"QUEUED", "EXECUTING", "COMPLETED"}, phases
        assert time.monotonic() < deadline, (phases, service.log_end())
        # A list of thousands is work for the service, too.
        time.sleep(max(0.2, len(jobs) / 1000))


def check_files(service: Service, job: str, place: dict[str, Any]) -> None:
    manifest = service.manifest(job)
    assert {row["objid"] for row in manifest} == {place["objid"]}
    files = service.files(job)
    stamps = check_manifest(manifest, files)
    assert stamps == len(files) - 1 == sum(row["file"] is not None for row in manifest)


def test_one_users_many_targets_delay_anothers_single_target_by_at_most_two_seconds(
    crowd: Service,
) -> None:
    other = crowd.other_user("other")
    idle = statistics.median(single(other) for _ in range(5))
    made: list[str] = []
    large = SMALL | {"positions": grid_of_targets(MANY_TARGETS)}
    submitting = threading.Thread(target=lambda: made.append(crowd.create(large)))
    submitting.start()
    until, taken = time.monotonic() + WATCHED_S, []
    while time.monotonic() < until and not (made and crowd.job(made[0])["phase"] == "COMPLETED"):
        taken.append(single(other))
    submitting.join()
    document = crowd.job(made[0])
    _log.warning(
        "%d targets: %d single targets took %.3f s (median), %.3f s at worst; idle %.3f s; %s",
        *(MANY_TARGETS, len(taken), statistics.median(taken), max(taken), idle),
        document["jobInfo"]["progress"],
    )
    crowd.session.post(f"{made[0]}/phase", data={"PHASE": "ABORT"}, timeout=30)
    assert document["jobInfo"]["progress"]["pairs_done"] > 0
    assert len(taken) > 5
    assert max(taken) - idle <= 2


def test_ten_thousand_targets_keep_every_process_below_300_megabytes(crowd: Service) -> None:
    def processes() -> set[int]:
        return descendants(crowd.stack.supervisor.pid)

    with peaks(processes) as found:
        job = crowd.create(SMALL | {"positions": grid_of_targets(LARGE_TARGETS), "size": 10})
        crowd.wait_final(job, 60 + 0.1 * LARGE_TARGETS)
        assert check_manifest(crowd.manifest(job), crowd.files(job)) > LARGE_TARGETS / 2
    _log.warning(
        "%d targets: %s", LARGE_TARGETS, sorted(found.items(), key=lambda one: -one[1])[:6]
    )
    assert len(found) >= 1 + 1 + 2 + SLOTS
    assert {name: size for name, size in found.items() if size > 300e6} == {}


def test_many_jobs_as_fast_as_one_client_can_all_complete_with_their_files(crowd: Service) -> None:
    begun = time.monotonic()
    jobs = small_jobs(crowd, MANY_JOBS)
    submitted_s = time.monotonic() - begun
    wait_until_all_are_completed(crowd, jobs, 60 + 0.2 * MANY_JOBS)
    _log.warning(
        "%d jobs: submitted at %.1f/s, completed at %.1f/s",
        *(MANY_JOBS, MANY_JOBS / submitted_s, MANY_JOBS / (time.monotonic() - begun)),
    )
    for job, place in zip(jobs, grid_of_targets(MANY_JOBS), strict=True):
        check_files(crowd, job, place)


def test_ready_parts_fill_the_broker_with_no_more_than_twice_the_slots_while_workers_stand_still(
    crowd: Service,
) -> None:
    workers = [crowd.stack.processes[f"execute-{number}"] for number in (1, 2)]
    broker = make_broker(crowd.stack.environment["SPT_BROKER_URL"])
    most = [0]

    def look() -> None:
        # Every message is in this hash until a worker has acknowledged it.
        most.append(broker.client.hlen(f"{broker.namespace}:{EXECUTE_QUEUE}.msgs"))

    with every(0.02, look):
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            jobs = small_jobs(crowd, READY_PARTS)
            time.sleep(max(0.0, begun + STOPPED_S - time.monotonic()))
            ids = [job.rpartition("/")[2] for job in jobs]
            assert Counter(attempts_of(crowd.stack.var, ids)) == {("ready", 0, 0, 0): READY_PARTS}
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
        wait_until_all_are_completed(crowd, jobs, 60 + 0.2 * READY_PARTS)
    broker.close()
    _log.warning("%d ready parts: at most %d messages", READY_PARTS, max(most))
    assert 0 < max(most) <= 2 * SLOTS
    assert Counter(attempts_of(crowd.stack.var, ids)) == {("done", 1, 0, 0): READY_PARTS}


def test_no_part_of_all_that_was_given_to_a_second_worker(crowd: Service) -> None:
    assert rows(crowd.stack.var, "SELECT * FROM part WHERE strikes > 0 OR losses > 0") == []
