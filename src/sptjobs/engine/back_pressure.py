"""Back-pressure: new work is refused while the service is short of room for it.

Only making and running jobs is refused. What was accepted goes on, and reading,
aborting and deleting stay possible: they are the way out.
"""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.settings import Settings
from sptjobs.store.database import Database
from sptjobs.store.prebuilt import Prebuilt
from sptjobs.store.schema import job
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import RUNNABLE

_LOOK_AGAIN_S: Final = 1.0
"""How long a disk that had room is taken to have it: looking takes a thread for each job [s]."""

_had_room: dict[tuple[Path, int], float] = {}
"""Until when, of folders and the bytes that have to be free there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of that which new jobs need.

    Attributes
    ----------
    parts_left
        Of all queued and executing jobs.
    stored_bytes
        Results of a user's jobs on disk.
    """

    parts_left: int
    stored_bytes: int


def _taken(row: Any) -> Taken:
    return Taken(int(row.parts_left), int(row.stored_bytes))


def _sum_of(column: sa.Column[Any], *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*which).scalar_subquery()


_RUNNABLE = sa.or_(*(job.c.phase == phase for phase in sorted(RUNNABLE)))
_TAKEN = Prebuilt(
    sa.select(
        _sum_of(job.c.parts_left, _RUNNABLE).label("parts_left"),
        _sum_of(job.c.disk_bytes, job.c.owner_id == sa.bindparam("owner_id")).label("stored_bytes"),
    ),
    _taken,
)


async def read_taken(database: Database, owner_id: str) -> Taken:
    """Read what is taken, by one statement without a transaction: no job takes any of it yet."""
    found: list[Taken] = await _TAKEN.fetch(database, {"owner_id": owner_id})
    return found[0]


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


def queue_shortage(left: int, settings: Settings) -> str | None:
    """Say that too many parts wait for workers, None when they do not."""
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
    looked_for, now = (settings.results, settings.min_free_bytes), time.monotonic()
    if _had_room.get(looked_for, 0.0) > now:
        return
    _refuse(await asyncio.to_thread(disk_shortage, settings))
    _had_room[looked_for] = now + _LOOK_AGAIN_S


def refuse_behind_long_queue(taken: Taken, settings: Settings) -> None:
    """Refuse new work when too much waits already.

    Raises
    ------
    UnavailableError
        Names how much waits and how much may.
    """
    _refuse(queue_shortage(taken.parts_left, settings))


def _refuse(shortage: str | None) -> None:
    if shortage is not None:
        raise UnavailableError(f"{shortage}; try again later")


def _free_bytes(folder: Path) -> int:
    # The folder may not be there before the first result; its parent's disk will hold it.
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
