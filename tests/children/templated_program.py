"""A program that templates fork in tests: it takes commands by lines, and responds by lines."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence

BALLAST: list[bytes] = []


def prepare() -> None:
    """Take what the environment says: time, memory, a thread."""
    time.sleep(float(os.environ.get("TAKES_S", "0")))
    BALLAST.append(os.urandom(int(os.environ.get("TAKES_BYTES", "0"))))
    if "TAKES_A_THREAD" in os.environ:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def main(words: Sequence[str]) -> int:
    """Carry out commands until one ends the process."""
    for mark in words:
        with open(mark, "x", encoding="ascii"):  # noqa: PTH123 - nothing else is imported
            pass
    _say(json.dumps(_facts()))
    for line in sys.stdin:
        command, _, value = line.strip().partition(" ")
        if command == "exit":
            return int(value)
        if command == "raise":
            raise ValueError(value)
        if command == "spawn":
            _say(str(os.spawnvp(os.P_NOWAIT, "sleep", ["sleep", "600"])))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _facts() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "group": os.getpgid(0),
        "open": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],  # noqa: PTH208
    }
