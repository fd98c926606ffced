"""Memory that was freed, and that the process still has."""

import ctypes
from typing import Any

_MMAP_THRESHOLD = -3
"""``M_MMAP_THRESHOLD`` of mallopt(3)."""

_LARGE = 1 << 20


def give_back_large_blocks() -> None:
    """Have each block of 1 MiB and more given back to the system when it is freed (glibc).

    By itself it raises that size to 32 MiB once such a block was freed.
    """
    allocator = _function("mallopt")
    if allocator is not None:
        allocator(_MMAP_THRESHOLD, _LARGE)


def give_back_memory() -> None:
    """Give memory that was freed back to the system, where the C library can (glibc).

    It keeps what lay between things that stay, which after a large table is more than they.
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> Any:
    """A function of the C library, or None where it has none of this name."""
    return getattr(ctypes.CDLL(None), name, None)
