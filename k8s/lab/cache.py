"""The folder where what was fetched or built once is kept."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """``SPT_CACHE``, or a folder of ours in the user's cache folder."""
    chosen = os.environ.get("SPT_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spt3g"


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """Give a folder of the cache, made once.

    Parameters
    ----------
    name
        Name of the folder; it must change whenever what is in it would.
    make
        Fills an empty folder. What it leaves half-done when it fails is not kept.
    """
    folder = cache_folder() / name
    with _lock(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            fresh = folder.with_name(f".{folder.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            make(fresh)
            fresh.rename(folder)
    return folder


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
