"""Removing packs that no row names.

A pack is a folder ``<job>/<part>-<attempt>-<random>``. The folders are listed
before the rows are read: a pack that existed then and is neither named now, nor
written by a part that runs with its attempt, will never be named.
"""

import asyncio
import logging
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from sptjobs.control.attempts import attempt
from sptjobs.engine.engine import Engine
from sptjobs.store.database import Database
from sptjobs.store.schema import pack, part
from sptjobs.uws.parts import PartState

_log = logging.getLogger(__name__)

_Folder = tuple[str, str]
"""Job and name of a pack."""

_BATCH = 500
"""Jobs that are looked at together: one question to the database, one turn on the disk."""

_SWEEPS_PAUSE = 15
"""Pause between two looks at the results folder, in sweeps of the database."""

_JOB = re.compile(r"[0-9a-f]{32}")
_PACK = re.compile(r"(\d+)-(\d+)-[0-9a-f]+")


async def sweep_orphans_forever(engine: Engine) -> None:
    """Sweep again and again until cancelled, with pauses that leave the disk to others.

    A task of its own: looking at 100,000 folders takes longer than a worker may be
    silent, and the other sweep must not wait for it.
    """
    pause_s = _SWEEPS_PAUSE * engine.settings.sweep_s
    while True:
        begun = time.monotonic()
        await attempt("sweep of the results", sweep_orphans(engine))
        await asyncio.sleep(max(pause_s, time.monotonic() - begun))


async def sweep_orphans(engine: Engine) -> int:
    """Remove orphaned packs and empty job folders; return how many packs went."""
    results = engine.settings.results
    job_ids = await asyncio.to_thread(_job_folders, results)
    removed = 0
    for start in range(0, len(job_ids), _BATCH):
        batch = job_ids[start : start + _BATCH]
        listed = await asyncio.to_thread(_list, results, batch)
        orphans = listed - await _wanted(engine.database, batch, listed)
        await asyncio.to_thread(_remove, results, batch, orphans)
        removed += len(orphans)
    if removed:
        _log.info("removed %d packs that no row names", removed)
    return removed


async def _wanted(database: Database, job_ids: list[str], listed: set[_Folder]) -> set[_Folder]:
    async with database.read() as connection:
        # Running parts first: a part that finishes between the two queries, which
        # READ COMMITTED lets happen, is then named by the second one.
        query = sa.select(part.c.job_id, part.c.number, part.c.attempt).where(
            part.c.job_id.in_(job_ids), part.c.state == PartState.RUNNING
        )
        running = {tuple(row) for row in await connection.execute(query)}
        named = sa.select(pack.c.folder).where(pack.c.job_id.in_(job_ids))
        folders = set((await connection.execute(named)).scalars())
    return {
        (job_id, name)
        for job_id, name in listed
        if f"{job_id}/{name}" in folders or (job_id, *_written_by(name)) in running
    }


def _written_by(name: str) -> tuple[int, ...]:
    match = _PACK.fullmatch(name)
    return () if match is None else (int(match[1]), int(match[2]))


def _job_folders(results: Path) -> list[str]:
    if not results.is_dir():
        return []
    with os.scandir(results) as entries:
        return sorted(entry.name for entry in entries if _JOB.fullmatch(entry.name))


def _list(results: Path, job_ids: list[str]) -> set[_Folder]:
    listed = set()
    for job_id in job_ids:
        # Another control worker may sweep at the same time.
        with suppress(FileNotFoundError), os.scandir(results / job_id) as entries:
            listed |= {(job_id, entry.name) for entry in entries}
    return listed


def _remove(results: Path, job_ids: list[str], orphans: set[_Folder]) -> None:
    for job_id, name in orphans:
        shutil.rmtree(results / job_id / name, ignore_errors=True)
    for job_id in job_ids:
        # Not empty: other packs are in it, or one was just begun.
        with suppress(OSError):
            (results / job_id).rmdir()
