"""Disks that are small, and full."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FILLER = "filler"
_PAGE_BYTES = 4096


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[bool]:
    """Mount a small disk of its own there; False where we may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.call(command, stderr=subprocess.DEVNULL) == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(folder: Path) -> Callable[[], None] | None:
    """Leave no byte free on a folder's disk; give what frees it, None when it is full already."""
    filler = folder / _FILLER
    try:
        descriptor = os.open(filler, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except OSError:
        return None
    size, step = 0, 64 << 20
    # Others write at the same time: halve the step until not even one page is left.
    while step >= _PAGE_BYTES:
        try:
            os.posix_fallocate(descriptor, size, step)
            size += step
        except OSError:
            step //= 2
    os.close(descriptor)
    return filler.unlink
