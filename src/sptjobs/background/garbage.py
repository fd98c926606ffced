"""Python's collector of reference cycles, in processes that live long."""

import gc
from typing import Final

_MADE: Final = 10_000
"""Objects made since the last look that are looked at: 700 by default, a few requests' worth."""


def collect_seldom() -> None:
    """Leave what the process has loaded out of every collection, and collect less often.

    A collection of everything looks at some hundred thousand objects that stay for good, which
    takes tens of milliseconds, in which nothing else goes on. To be called once all is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MADE, *gc.get_threshold()[1:])
