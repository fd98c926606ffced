"""Bringing what was written to the disk."""

import os
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 8
"""Files and folders that are brought to the disk at a time: a pack has seven or eight."""

_STACK_BYTES: Final = 1 << 18
"""Stack of a thread that does nothing else; a child's cap on memory counts the whole of it."""


def sync_path(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_together(descriptors: Iterable[int], folders: Iterable[Path]) -> None:
    """Bring open files, and the names in folders, to the disk; all of them when this returns.

    Beside each other, because a file system with a journal writes it once for all that wait:
    one after the other each waits for the journal anew, and for what others write.

    Raises
    ------
    OSError
        One of them cannot be brought to the disk.
    """
    with ExitStack() as opened:
        every = list(descriptors)
        for folder in folders:
            every.append(os.open(folder, os.O_RDONLY))
            opened.callback(os.close, every[-1])
        _sync_all(every)


def _sync_all(descriptors: list[int]) -> None:
    begun: list[Future[None]] = []
    before = threading.stack_size(_STACK_BYTES)
    try:
        for each in descriptors[1:]:
            begun.append(_threads().submit(os.fsync, each))  # noqa: PERF401 - some may be begun
    except RuntimeError:  # No more threads can be started, for want of memory for example.
        pass
    finally:
        threading.stack_size(before)
    try:
        for each in (*descriptors[:1], *descriptors[1 + len(begun) :]):
            os.fsync(each)
    finally:
        # Whatever happened to the others: nobody may close what a thread is at.
        failures = [each.exception() for each in begun]
    for failure in failures:
        if failure is not None:
            raise failure


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE - 1, "fsync")


# Threads do not survive a fork.
os.register_at_fork(after_in_child=_threads.cache_clear)
