"""How the CPU time of a parser grows with the length of what it reads."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sptjobs.uws.errors import ServiceError

T = TypeVar("T", str, bytes)

SHORTEST = 512
_BACK = 3
"""Each length is compared with the one this many doublings before, an eighth of it."""

_SLACK = 3.0
"""An eighth may have taken a third of its share: quadratic growth is 64-fold, linear 8-fold."""

_FLOOR_S = 0.004
"""What is faster than this at any length harms nobody, and cannot be measured well."""

_S_PER_CHARACTER = 12e-6
"""Three times what the slowest parser takes where nothing else runs. At its pace a body is
killed with its reader after 30 s; what this finds is a parser slower by its constant alone."""

_TRIES = 4


def check_growth(parse: Callable[[T], object], make: Callable[[int], T], longest: int) -> None:
    """Check that the time of parsing grows at most linearly.

    Lengths double from ``SHORTEST``, so that a parser that grows faster is found out
    before it takes long.

    Parameters
    ----------
    parse
        Reads a text; refusing it is fine.
    make
        Gives a text of about so many characters.
    """
    taken: list[float] = []
    for length in _lengths(longest):
        text = make(length)
        allowed = _FLOOR_S + _S_PER_CHARACTER * len(text)
        if len(taken) >= _BACK:
            allowed = min(allowed, _FLOOR_S + 2**_BACK * _SLACK * taken[-_BACK])
        taken.append(_fastest_s(parse, text, allowed))
        assert taken[-1] <= allowed, (
            f"{len(text)} characters take {taken[-1]:.3g} s of CPU, {allowed:.3g} s are allowed "
            f"after {', '.join(f'{each:.2g}' for each in taken[:-1])} s for half as many each"
        )


def _lengths(longest: int) -> list[int]:
    lengths = [SHORTEST]
    while lengths[-1] < longest:
        lengths.append(2 * lengths[-1])
    return lengths


def _fastest_s(parse: Callable[[T], object], text: T, enough: float) -> float:
    """CPU time [s] of the fastest of a few tries; the first that is fast enough is the last."""
    fastest = float("inf")
    gc.disable()
    try:
        for _ in range(_TRIES):
            began = time.process_time()
            with suppress(ServiceError, ValueError):
                parse(text)
            fastest = min(fastest, time.process_time() - began)
            if fastest <= enough:
                break
    finally:
        gc.enable()
    return fastest
