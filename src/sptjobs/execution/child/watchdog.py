"""Telling a child that hangs or spins from one that is merely slow.

What counts is progress, never the time alone: a child that reports, or moves bytes,
goes on for as long as it takes. Only the time is held against it in which it
does neither: all of it while it sleeps, and what it computes while it computes, so
that a busy machine condemns nobody. Waiting for a disk counts nothing, nor does
being stopped.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_LONGEST_LOOK_S = 5.0
"""Most seconds held against a child at once: the observer may have been stopped too."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the kernel tells of a process.

    Attributes
    ----------
    state
        As in ``/proc/PID/stat``: R runs, S sleeps, D waits for a disk, T is stopped.
    cpu_s
        Seconds of computing so far.
    moved
        Bytes read and written so far, by calls and by pages.
    """

    state: str
    cpu_s: float
    moved: int


def read_signs(pid: int) -> Signs | None:
    """Look at a process; None when it is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        # The name, in parentheses, may hold anything.
        fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS
    return Signs(fields[0], cpu_s, _moved(folder))


class Watchdog:
    """Adds up the seconds in which a child made no progress.

    Parameters
    ----------
    timeout_s
        Seconds without progress after which it is stuck.
    clock
        Monotonic clock [s].
    """

    def __init__(self, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout_s = timeout_s
        self._clock = clock
        self._looked = clock()
        self._before: Signs | None = None
        self._spent_s = 0.0

    def progressed(self) -> None:
        """The child reported."""
        self._spent_s = 0.0

    def is_stuck(self, signs: Signs | None) -> bool:
        """Look at the child, and say whether it made no progress for too long."""
        now, before = self._clock(), self._before
        passed_s = min(now - self._looked, _LONGEST_LOOK_S)
        self._looked, self._before = now, signs
        if signs is None or before is None:
            return False
        if signs.moved != before.moved:
            self._spent_s = 0.0
        elif signs.state == "S":
            self._spent_s += passed_s
        elif signs.state == "R":
            self._spent_s += min(passed_s, signs.cpu_s - before.cpu_s)
        return self._spent_s >= self._timeout_s


def _moved(folder: Path) -> int:
    try:
        lines = (folder / "io").read_text("ascii").splitlines()
    except OSError:
        # Hidden by the kernel's settings, or gone: reports alone tell.
        return 0
    counts = dict(line.split(": ") for line in lines)
    return sum(int(counts[name]) for name in ("rchar", "wchar", "read_bytes", "write_bytes"))
