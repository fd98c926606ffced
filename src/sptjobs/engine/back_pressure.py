"""Back-pressure: new work is refused while the service is short of room for it.

Only making and running jobs is refused. What was accepted goes on, and reading,
aborting and deleting stay possible: they are the way out.
"""

import asyncio
import shutil
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.settings import Settings
from sptjobs.store.schema import job
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import RUNNABLE


def disk_shortage(settings: Settings) -> str | None:
    """Say that the results' file system is nearly full or gone, None when it is not.

    Blocks for as long as the file system does.
    """
    try:
        free = _free_bytes(settings.results)
    except OSError as error:
        return f"the results' disk does not respond: {error.strerror}"
    if free >= settings.min_free_bytes:
        return None
    return (
        f"the results' disk has {free} bytes free, "
        f"new jobs are taken from {settings.min_free_bytes} on"
    )


async def queue_shortage(connection: AsyncConnection, settings: Settings) -> str | None:
    """Say that too many parts wait for workers, None when they do not."""
    left = await parts_left(connection)
    if left <= settings.max_ready_parts:
        return None
    return (
        f"{left} parts of jobs wait to be cut, new jobs are taken up to {settings.max_ready_parts}"
    )


async def parts_left(connection: AsyncConnection) -> int:
    """Count the parts that queued and executing jobs have left.

    That is the number of ready parts and the few that run, without reading each of
    them; a part is about a second of work.
    """
    query = sa.select(sa.func.coalesce(sa.func.sum(job.c.parts_left), 0))
    return int(await connection.scalar(query.where(job.c.phase.in_(sorted(RUNNABLE)))) or 0)


async def refuse_without_room(settings: Settings) -> None:
    """Refuse new work when the results' file system is nearly full.

    Raises
    ------
    UnavailableError
        Names what is free and what is needed.
    """
    _refuse(await asyncio.to_thread(disk_shortage, settings))


async def refuse_behind_long_queue(connection: AsyncConnection, settings: Settings) -> None:
    """Refuse new work when too much waits already.

    Raises
    ------
    UnavailableError
        Names how much waits and how much may.
    """
    _refuse(await queue_shortage(connection, settings))


def _refuse(shortage: str | None) -> None:
    if shortage is not None:
        raise UnavailableError(f"{shortage}; try again later")


def _free_bytes(folder: Path) -> int:
    # The folder may not be there before the first result; its parent's disk will hold it.
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
