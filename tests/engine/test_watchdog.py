"""Progress keeps a child, however slow; only standing still is held against it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.execution.child.watchdog import Signs, Watchdog, read_signs
from tests.engine.test_beats import Clock

pytestmark = pytest.mark.any_database

SLEEP = "import time; time.sleep(60)"
SPIN = "while True: pass"
WRITE = """
import time
with open('/dev/null', 'wb', 0) as sink:
    while True:
        sink.write(b'x')
        time.sleep(0.3)
"""


@contextmanager
def process(code: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", code]) as running:
        time.sleep(0.5)
        try:
            yield running.pid
        finally:
            running.kill()


def stuck_within(pid: int, seconds: float) -> bool:
    """Whether a watchdog whose time limit is a second gives a process up in that time."""
    watchdog, until = Watchdog(1.0), time.monotonic() + seconds
    while time.monotonic() < until:
        if watchdog.is_stuck(read_signs(pid)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("code", [SLEEP, SPIN])
def test_a_process_that_sleeps_or_computes_without_progress_is_stuck(code: str) -> None:
    with process(code) as pid:
        assert stuck_within(pid, 20)


def test_a_process_that_moves_a_byte_now_and_then_is_not_stuck() -> None:
    with process(WRITE) as pid:
        assert not stuck_within(pid, 2.5)


def test_a_stopped_process_is_not_stuck() -> None:
    with process(SPIN) as pid:
        os.kill(pid, signal.SIGSTOP)
        assert not stuck_within(pid, 2.5)


def test_a_process_that_is_gone_is_not_stuck() -> None:
    with process("") as pid:
        assert read_signs(2**22 + 1) is None
        assert not Watchdog(0.0).is_stuck(None)
        assert pid


def test_a_report_forgives_what_was_held_against_a_child() -> None:
    clock = Clock()
    watchdog = Watchdog(10, clock)
    asleep = Signs("S", 0.0, 0)
    watchdog.is_stuck(asleep)
    for _ in range(10):
        clock.seconds += 4
        assert not watchdog.is_stuck(asleep)
        clock.seconds += 4
        assert not watchdog.is_stuck(asleep)
        watchdog.progressed()


@given(st.lists(st.tuples(st.floats(0.1, 300), st.sampled_from("RDTt"))))
def test_whatever_a_busy_machine_or_a_slow_disk_does_a_child_without_cpu_is_never_stuck(
    looks: list[tuple[float, str]],
) -> None:
    clock = Clock()
    watchdog = Watchdog(1.0, clock)
    for seconds, state in looks:
        clock.seconds += seconds
        assert not watchdog.is_stuck(Signs(state, 3.0, 7))


@given(st.lists(st.floats(0.01, 4.9), min_size=1))
def test_a_sleeping_child_is_stuck_exactly_when_its_time_is_over(looks: list[float]) -> None:
    clock = Clock()
    watchdog = Watchdog(10.0, clock)
    watchdog.is_stuck(Signs("S", 0.0, 0))
    slept = 0.0
    for seconds in looks:
        clock.seconds += seconds
        slept += seconds
        if abs(slept - 10.0) > 1e-6:
            assert watchdog.is_stuck(Signs("S", 0.0, 0)) is (slept > 10.0)
