"""One set of simulated maps for all processes of a test run, made by the first that needs it."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from sptjobs.stack.running import RunningStack, running_stack
from tests.support.service import made_archive

CATALOGUED = "catalogued.db"
"""The database of a stack's folder as it was when only the maps stood in it."""


@contextmanager
def running_stack_with_maps(
    factory: pytest.TempPathFactory, name: str, settings: Mapping[str, str] | None = None
) -> Iterator[RunningStack]:
    """Run a stack in a new folder, which has ``CATALOGUED`` too.

    The first process of a test run starts it as `make run` does, maps included; the
    others get copies of these maps and of their catalogue.
    """
    shared, var = _shared_folder(factory), factory.mktemp(name)
    with ExitStack() as until_its_end:
        with _locked(shared):
            first = not (shared / CATALOGUED).exists()
            if first:
                stack = until_its_end.enter_context(running_stack(var, settings))
                _share(stack, shared)
            else:
                shutil.copytree(shared / "archive", var / "archive")
        shutil.copy2(shared / CATALOGUED, var / CATALOGUED)
        if not first:
            shutil.copy2(shared / CATALOGUED, var / "spt.db")
            stack = until_its_end.enter_context(running_stack(var, settings))
        yield stack


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    side_by_side = "PYTEST_XDIST_WORKER" in os.environ
    folder = (base.parent if side_by_side else base) / "shared-maps"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _share(stack: RunningStack, shared: Path) -> None:
    shutil.copytree(made_archive(stack), shared / "archive")
    unfinished = shared / "unfinished.db"
    with (
        closing(sqlite3.connect(stack.var / "spt.db")) as live,
        closing(sqlite3.connect(unfinished)) as copy,
    ):
        live.backup(copy)
    unfinished.replace(shared / CATALOGUED)
