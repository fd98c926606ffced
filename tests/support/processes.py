"""Looking at processes from outside."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sptjobs.execution.child.watchdog import read_signs


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def descendants(pid: int) -> set[int]:
    """Every process below one, however deep."""
    parents = _parents()
    found: set[int] = set()
    level = {pid}
    while level := {child for child, parent in parents.items() if parent in level} - found:
        found |= level
    return found


def children_of(pid: int) -> set[int]:
    """Every process that has one for its parent."""
    return {child for child, parent in _parents().items() if parent == pid}


def parent_of(pid: int) -> int:
    """The process that made one, or took it over."""
    return _parents()[pid]


def _parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("ascii", errors="replace")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def cpu_s(pid: int) -> float:
    """Processor time that a process has taken [s]."""
    signs = read_signs(pid)
    assert signs is not None, "the process has ended"
    return signs.cpu_s


def wait_until(what: str, holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds, fail saying what when it does not, return the seconds."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            pytest.fail(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)
    return time.monotonic() - begun


def all_gone(pids: Iterable[int]) -> bool:
    """Whether none of the processes runs any more."""
    return not any(is_alive(pid) for pid in pids)
