"""Removing packs that no row names.

A pack is a folder ``<job>/<part>-<attempt>-<random>``. The folders are listed
before the rows are read: a pack that existed then and is neither named now, nor
written by a part that runs with its attempt, will never be named.
"""

import asyncio
import logging
import re
import shutil
from pathlib import Path

import sqlalchemy as sa

from sptjobs.engine.engine import Engine
from sptjobs.store.database import Database
from sptjobs.store.schema import pack, part

_log = logging.getLogger(__name__)

_JOB = re.compile(r"[0-9a-f]{32}")
_PACK = re.compile(r"(\d+)-(\d+)-[0-9a-f]+")


async def sweep_orphans(engine: Engine) -> int:
    """Remove orphaned packs and empty job folders; return how many packs went."""
    results = engine.settings.results
    listed = await asyncio.to_thread(_list, results)
    removed = 0
    for job_id, names in listed.items():
        orphans = names - await _wanted(engine.database, job_id, names)
        await asyncio.to_thread(_remove, results / job_id, orphans)
        removed += len(orphans)
    if removed:
        _log.info("removed %d packs that no row names", removed)
    return removed


async def _wanted(database: Database, job_id: str, names: set[str]) -> set[str]:
    async with database.read() as connection:
        # Running parts first: a part that finishes between the two queries, which
        # READ COMMITTED lets happen, is then named by the second one.
        query = sa.select(part.c.number, part.c.attempt).where(
            part.c.job_id == job_id, part.c.state == "running"
        )
        running = {(row.number, row.attempt) for row in await connection.execute(query)}
        named = sa.select(pack.c.folder).where(pack.c.job_id == job_id)
        folders = {Path(folder).name for folder in (await connection.execute(named)).scalars()}
    return {name for name in names if name in folders or _written_by(name) in running}


def _written_by(name: str) -> tuple[int, int] | None:
    match = _PACK.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]))


def _list(results: Path) -> dict[str, set[str]]:
    if not results.is_dir():
        return {}
    jobs = [path for path in results.iterdir() if _JOB.fullmatch(path.name)]
    return {path.name: {entry.name for entry in path.iterdir()} for path in jobs}


def _remove(folder: Path, names: set[str]) -> None:
    for name in names:
        shutil.rmtree(folder / name, ignore_errors=True)
    try:
        folder.rmdir()
    except OSError:
        # Not empty: other packs are in it, or one was just begun.
        return
