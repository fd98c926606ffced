"""Room that a stack keeps on its disk, so that it can start again when that is full.

SQLite cannot even be read without room for its log. What lets a user make room, deleting
jobs, needs the service, and that needs a little room.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

_SIZE_BYTES = 4 << 20
_STEP_BYTES = 64 << 10


def release_reserve(var: Path) -> None:
    """Give the room back, for a stack that starts."""
    (var / "reserve").unlink(missing_ok=True)


def take_reserve(var: Path, leaving_bytes: int = 0) -> None:
    """Take room for the next start, as much as there is, up to 4 MiB.

    Parameters
    ----------
    leaving_bytes
        Room that others must have besides; where it is not there, none is taken.
    """
    if leaving_bytes and shutil.disk_usage(var).free < leaving_bytes:
        return
    with suppress(OSError), (var / "reserve").open("ab") as file:
        for start in range(0, _SIZE_BYTES, _STEP_BYTES):
            os.posix_fallocate(file.fileno(), start, _STEP_BYTES)
