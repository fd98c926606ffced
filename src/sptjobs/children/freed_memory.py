"""Memory that was freed, and that the process still has."""

import ctypes


def give_back_memory() -> None:
    """Give memory that was freed back to the system, where the C library can (glibc).

    It keeps what lay between things that stay, which after a large table is more than they.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
