"""Bringing what was written to the disk."""

import os
from pathlib import Path


def sync_path(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
