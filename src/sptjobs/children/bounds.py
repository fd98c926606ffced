"""The bounds of a child: it dies with its parent, has a cap on its memory, and prints to the log.

References
----------
prctl(2), PR_SET_PDEATHSIG: the signal comes when the *thread* that made the child ends.
"""

import ctypes
import os
import resource
import signal
import sys
from typing import BinaryIO

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent's thread ends, however it ends.

    Systems other than Linux have nothing of the kind: there an orderly end has to do.

    Raises
    ------
    SystemExit
        The parent has ended already.
    OSError
        The kernel refuses.
    """
    if _LIBC is not None and _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # It may have ended before the signal was asked for.
    if os.getppid() != parent:
        sys.exit("the parent is gone")


def cap_memory(memory_bytes: int) -> None:
    """Make every allocation fail that takes this process's private memory beyond the cap."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def take_stdout() -> BinaryIO:
    """Give the standard output for what the parent reads; what anything prints goes to the log."""
    taken = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return taken
