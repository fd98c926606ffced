"""What a reading process may be asked to do, and what may go wrong with it."""

import os
import time

from sptjobs.uws.errors import ParameterError


def hold(seconds: float, _bulk: bytes = b"") -> int:
    """Hold the interpreter as a slow parser does, and give the process."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    return os.getpid()


def refuse(_bulk: bytes) -> None:
    raise ParameterError("is wrong", field="RA", value="x", row=7)


def break_down(_bulk: bytes) -> None:
    raise KeyError("a mistake")


def end(_bulk: bytes) -> None:
    os._exit(3)


def fill_memory(_bulk: bytes) -> int:
    return len(bytearray(2 << 30))


def name_of(_bulk: bytes, value: str) -> tuple[int, str]:
    return os.getpid(), value
