"""Healthy work is left alone on a slow disk and under a wrong clock."""

import logging
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.inside.entering import LIBRARY, clock_variables
from tests.journeys.conftest import Siblings
from tests.journeys.test_faults import QUICK
from tests.support.processes import descendants
from tests.support.rows import attempts_of, given_back
from tests.support.scale import scaled
from tests.support.service import Service, grid_of_targets

_log = logging.getLogger(__name__)

TARGETS = scaled(200, 10_000)
STEPS = scaled(3, 13)
STEP_S = 3_600
DELAYS_US = {"write": 5_000, "pwrite64": 5_000, "fsync": 300_000, "fdatasync": 50_000}
"""What each system call takes longer on the slow disk [microseconds]."""
NO_MONOTONIC_SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
"""The library that moves the clock cannot deal with sleeping until a monotonic time."""


def run_job(service: Service, targets: int) -> str:
    job = service.create({"positions": grid_of_targets(targets), "bands": ["150GHz"], "size": 10})
    service.wait_for(job, lambda document: document["phase"] != "QUEUED", 60)
    return job.rpartition("/")[2]


def assert_done_at_the_first_attempt(service: Service, job_id: str) -> None:
    document = service.wait_final(f"{service.jobs}/{job_id}", 300 + 0.1 * TARGETS)
    assert document["phase"] == "COMPLETED", document
    assert document["jobInfo"]["outcomes"]["failed"] == 0
    reasons = given_back(service.stack.var, job_id)
    assert set(attempts_of(service.stack.var, [job_id])) == {("done", 1, 0, 0)}, reasons


@contextmanager
def slow_disk(pids: set[int]) -> Iterator[None]:
    """Delay every call by which these processes and their children write or sync."""
    tracer = shutil.which("strace")
    assert tracer is not None, "strace is missing: apt-get install strace"
    command = [tracer, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={','.join(DELAYS_US)}"]
    for call, delay in DELAYS_US.items():
        command += ["-e", f"inject={call}:delay_enter={delay}"]
    for pid in pids:
        command += ["-p", str(pid)]
    with subprocess.Popen(command) as tracing:
        time.sleep(1)
        assert tracing.poll() is None, "strace cannot attach"
        try:
            yield
        finally:
            tracing.send_signal(signal.SIGINT)
            tracing.wait(30)


def test_ten_thousand_targets_on_a_throttled_disk_and_a_dead_time_of_3_s_give_no_second_attempt(
    tmp_path: Path, sibling: Siblings
) -> None:
    with sibling(tmp_path / "var", QUICK) as service:
        run_job(service, 1)
        worker = service.stack.processes["execute-1"]
        begun = time.monotonic()
        with slow_disk({worker, service.stack.processes["control"], *descendants(worker)}):
            job_id = run_job(service, TARGETS)
            assert_done_at_the_first_attempt(service, job_id)
        slow_s, begun = time.monotonic() - begun, time.monotonic()
        assert_done_at_the_first_attempt(service, run_job(service, TARGETS))
        fast_s = time.monotonic() - begun
    _log.warning("%d targets: %.1f s on the slow disk, %.1f s without", TARGETS, slow_s, fast_s)
    assert slow_s > fast_s


def test_clock_steps_of_an_hour_give_no_strike_and_no_second_attempt(
    tmp_path: Path, sibling: Siblings
) -> None:
    assert LIBRARY.exists(), "libfaketime is missing: apt-get install libfaketime"
    (tmp_path / "early").mkdir()
    (tmp_path / "early/sitecustomize.py").write_text(NO_MONOTONIC_SLEEP)
    clock = tmp_path / "clock"
    moved = clock_variables(clock) | {"PYTHONPATH": str(tmp_path / "early")}
    # Tokens made now are not valid before now: the clock never goes back beyond it.
    clock.write_text(f"-{2 * STEP_S}\n")
    with sibling(tmp_path / "var", QUICK | moved) as service:
        job_id = run_job(service, TARGETS)
        for number in range(STEPS):
            clock.write_text(f"-{STEP_S * (1 + number % 2)}\n")
            time.sleep(2.5)
        again = run_job(service, 1)
        for each in (job_id, again):
            assert_done_at_the_first_attempt(service, each)
        ago = [hours_ago(service, each) for each in (job_id, again)]
    assert ago == [2, 1]


def hours_ago(service: Service, job_id: str) -> int:
    """How long ago a job was made, by the clock of the service."""
    made = datetime.fromisoformat(service.job(f"{service.jobs}/{job_id}")["creationTime"])
    return round((datetime.now(UTC) - made) / timedelta(hours=1))
