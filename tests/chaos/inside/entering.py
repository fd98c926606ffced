"""What a process of a stack in a storm does before anything else.

A service takes its clock, its release, its way to the broker and the safeguard
that it lacks from the storm's folder; its cutting children inherit them.
"""

import faulthandler
import os
import select
import signal
import sys
import time
from pathlib import Path

LIBRARY = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / "libfaketimeMT.so.1"


def clock_variables(file: Path) -> dict[str, str]:
    """Variables with which a program's wall clock is off by what a file says; no other clock is."""
    file.write_text("+0\n")
    file.chmod(0o644)
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_CACHE_DURATION": "1",
        "NO_FAKE_STAT": "1",
    }


def enter(folder: str, *, is_service: bool) -> None:
    """Prepare this process."""
    storm = Path(folder)
    if is_service:
        # A process that hangs can be asked where: SIGUSR1 has it print its stacks.
        faulthandler.register(signal.SIGUSR1)
        _take_clock(storm)
        os.environ["CHAOS_RELEASE"] = (storm / "release").read_text()
        if "CHAOS_BROKER_URL" in os.environ:
            os.environ["SPT_BROKER_URL"] = os.environ["CHAOS_BROKER_URL"]
    if "LD_PRELOAD" in os.environ:
        # The library cannot deal with sleeping until a time of the monotonic clock.
        time.sleep = _sleep  # type: ignore[assignment]
    if release := os.environ["CHAOS_RELEASE"]:
        sys.path.insert(0, release)
    if is_service:
        _spoil(storm)


def _take_clock(storm: Path) -> None:
    """Begin once more, with a wall clock of this process's own."""
    if "LD_PRELOAD" in os.environ or not LIBRARY.exists():
        return
    clocks = storm / "clocks"
    os.environ |= clock_variables(clocks / str(os.getpid()))
    os.execv(sys.executable, sys.orig_argv)


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


def _spoil(storm: Path) -> None:
    from tests.chaos.inside import haste, messages, mutations

    messages.use_unreliable_broker(storm)
    haste.hurry(storm)
    mutations.remove_safeguard((storm / "mutation").read_text())
