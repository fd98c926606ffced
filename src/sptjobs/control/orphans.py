"""Removing packs that nobody needs any more.

A pack is a folder ``<job>/<part>-<attempt>-<random>``. The folders are listed
before the rows are read: a pack that existed then and is neither named now, nor
written by a part that runs with its attempt, will never be named.

What is removed cannot be had back, so that the sweep asks for proof: the folder must be
that of this database (:mod:`sptjobs.engine.results_owner`), and the database must know
why a pack is not needed (:mod:`sptjobs.control.unnamed_packs`). The rest is left,
and an operator decides.
"""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sptjobs.background.repeating import ANY_LENGTH
from sptjobs.control.unnamed_packs import PackFolder, UnnamedPacks, find_unnamed
from sptjobs.engine.engine import Engine
from sptjobs.engine.results_owner import ForeignResultsError, job_folders, register_sweep
from sptjobs.metrics.results_sweep import PACKS_LEFT, RESULTS_REFUSED
from sptjobs.store.database import Database

_log = logging.getLogger(__name__)

_BATCH = 500
"""Jobs that are looked at together: one question to the database, one turn on the disk."""

_SWEEPS_PAUSE = 15
"""Pause between two looks at the results folder, in sweeps of the database."""

_MAX_SHARE = 0.1
"""Share of all packs that may go at once because their attempts lost their parts."""

_ALWAYS = 100
"""That many may, however few there are: a worker that vanished leaves some."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep of the results did.

    Attributes
    ----------
    removed
        Packs that it removed.
    unknown, too_many
        Packs that it left: the database knows nothing of them, or too many lost their
        part at once.
    refused
        Why it did nothing at all; None when it did.
    """

    removed: int = 0
    unknown: int = 0
    too_many: int = 0
    refused: str | None = None

    @property
    def alarm(self) -> str | None:
        """What an operator has to look at, None for nothing."""
        if self.refused is not None:
            return f"nothing is removed from the results: {self.refused}"
        if not self.unknown + self.too_many:
            return None
        return (
            f"{self.unknown} packs are left that this database knows nothing of, and "
            f"{self.too_many} of attempts that lost their parts, too many at once: "
            "see `sptjobs results check`"
        )


@asynccontextmanager
async def sweeping_orphans(engine: Engine) -> AsyncIterator[None]:
    """Sweep again and again while the block runs, with pauses that leave the disk to others.

    A task of its own: looking at 100,000 folders takes longer than a worker may be
    silent, and the other sweep must not wait for it.
    """
    pause_s = _SWEEPS_PAUSE * engine.settings.sweep_s
    alarm = None

    async def turn() -> float:
        nonlocal alarm
        begun = time.monotonic()
        swept = await sweep_orphans(engine)
        if swept.alarm not in {None, alarm}:
            _log.error("%s", swept.alarm)
        alarm = swept.alarm
        return max(pause_s, time.monotonic() - begun)

    repeating = engine.background.repeating
    async with repeating("sweep of the results", turn, pause_s, limit_s=ANY_LENGTH):
        yield


async def sweep_orphans(engine: Engine) -> Swept:
    """Remove packs that are known not to be needed, and empty job folders."""
    swept = await _sweep(engine)
    RESULTS_REFUSED.set(swept.refused is not None)
    PACKS_LEFT.labels("unknown").set(swept.unknown)
    PACKS_LEFT.labels("too-many").set(swept.too_many)
    if swept.removed:
        _log.info("removed %d packs that no job needs", swept.removed)
    return swept


async def _sweep(engine: Engine) -> Swept:
    results, kept_s = engine.settings.results, engine.settings.lost_packs_kept_s
    if not await asyncio.to_thread(results.is_dir):
        return Swept()
    try:
        await register_sweep(engine.database, results)
    except ForeignResultsError as error:
        return Swept(refused=str(error))
    listed, removed, unknown = 0, 0, 0
    lost: set[PackFolder] = set()
    async for job_ids, packs, unnamed in unnamed_packs(engine.database, results):
        await asyncio.to_thread(_remove, results, unnamed.ended, job_ids)
        lost |= await asyncio.to_thread(_old_enough, results, unnamed.lost, kept_s)
        listed += len(packs)
        removed += len(unnamed.ended)
        unknown += len(unnamed.unknown)
    if len(lost) > max(_ALWAYS, _MAX_SHARE * listed):
        return Swept(removed, unknown, len(lost))
    await asyncio.to_thread(_remove, results, lost, sorted({job_id for job_id, _ in lost}))
    return Swept(removed + len(lost), unknown)


async def unnamed_packs(
    database: Database, results: Path
) -> AsyncIterator[tuple[list[str], set[PackFolder], UnnamedPacks]]:
    """Give some jobs at a time, their packs, and what the database says of those unnamed."""
    job_ids = await asyncio.to_thread(job_folders, results)
    for start in range(0, len(job_ids), _BATCH):
        batch = job_ids[start : start + _BATCH]
        listed = await asyncio.to_thread(_list, results, batch)
        yield batch, listed, await find_unnamed(database, listed)


def _list(results: Path, job_ids: list[str]) -> set[PackFolder]:
    listed = set()
    for job_id in job_ids:
        # Another control worker may sweep at the same time.
        with suppress(FileNotFoundError), os.scandir(results / job_id) as entries:
            listed |= {(job_id, entry.name) for entry in entries}
    return listed


def _old_enough(results: Path, packs: set[PackFolder], kept_s: float) -> set[PackFolder]:
    if not kept_s:
        return packs
    before = time.time() - kept_s
    old = set()
    for job_id, name in packs:
        with suppress(FileNotFoundError):
            if (results / job_id / name).lstat().st_mtime < before:
                old.add((job_id, name))
    return old


def _remove(results: Path, packs: set[PackFolder], job_ids: list[str]) -> None:
    for job_id, name in packs:
        shutil.rmtree(results / job_id / name, ignore_errors=True)
    for job_id in job_ids:
        # Not empty: other packs are in it, or one was just begun.
        with suppress(OSError):
            (results / job_id).rmdir()
