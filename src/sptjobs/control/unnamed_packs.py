"""What the database says of packs that no row names.

Nothing goes for want of a row alone. A pack may be removed when the database knows that its
job ended, or that its part went on to a later attempt; what it knows nothing of may
belong to another database, or to a later state of this one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import Database
from sptjobs.store.schema import ENDED, event, job, pack, part
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

PackFolder = tuple[str, str]
"""Job and name of a pack."""

_PACK = re.compile(r"(\d{1,9})-(\d{1,9})-[0-9a-f]+")
_NUMBERS = 500


@dataclass(frozen=True, slots=True)
class UnnamedPacks:
    """Packs that no row names and no running part writes.

    Attributes
    ----------
    ended
        Of jobs that were archived or deleted.
    lost
        Of attempts that lost their part.
    unknown
        Of which the database knows nothing.
    """

    ended: set[PackFolder] = field(default_factory=set)
    lost: set[PackFolder] = field(default_factory=set)
    unknown: set[PackFolder] = field(default_factory=set)


async def find_unnamed(database: Database, listed: set[PackFolder]) -> UnnamedPacks:
    """Sort what is unnamed of packs that were listed before."""
    async with database.read() as connection:
        unnamed = listed - await _needed(connection, listed)
        if not unnamed:
            return UnnamedPacks()
        ended = await _ended_jobs(connection, {job_id for job_id, _ in unnamed})
        of_ended = {each for each in unnamed if each[0] in ended}
        lost = await _lost(connection, unnamed - of_ended)
    return UnnamedPacks(of_ended, lost, unnamed - of_ended - lost)


async def _needed(connection: AsyncConnection, listed: set[PackFolder]) -> set[PackFolder]:
    job_ids = sorted({job_id for job_id, _ in listed})
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


async def _ended_jobs(connection: AsyncConnection, job_ids: set[str]) -> set[str]:
    """Find the jobs that are archived, or gone with a history that says so."""
    asked = sorted(job_ids)
    query = sa.select(job.c.job_id, job.c.phase).where(job.c.job_id.in_(asked))
    phases = {row.job_id: row.phase for row in await connection.execute(query)}
    query = sa.select(event.c.job_id).where(event.c.job_id.in_(asked), ENDED).distinct()
    ended = set((await connection.execute(query)).scalars()) - set(phases)
    return ended | {each for each, phase in phases.items() if phase == ExecutionPhase.ARCHIVED}


async def _lost(connection: AsyncConnection, unnamed: Iterable[PackFolder]) -> set[PackFolder]:
    by_job: dict[str, list[PackFolder]] = {}
    for each in unnamed:
        if _written_by(each[1]):
            by_job.setdefault(each[0], []).append(each)
    lost: set[PackFolder] = set()
    for job_id, packs in by_job.items():
        for start in range(0, len(packs), _NUMBERS):
            batch = packs[start : start + _NUMBERS]
            numbers = [_written_by(name)[0] for _, name in batch]
            attempts = await _attempts(connection, job_id, numbers)
            lost |= {each for each in batch if _is_lost(each[1], attempts)}
    return lost


async def _attempts(connection: AsyncConnection, job_id: str, numbers: list[int]) -> dict[int, int]:
    """Give the last attempt that each of these parts has lost or ended."""
    query = sa.select(part.c.number, part.c.attempt, part.c.state).where(
        part.c.job_id == job_id, part.c.number.in_(numbers)
    )
    return {
        row.number: row.attempt - (row.state == PartState.RUNNING)
        for row in await connection.execute(query)
    }


def _is_lost(name: str, attempts: dict[int, int]) -> bool:
    number, attempt = _written_by(name)
    # A later attempt than the part has had was made in a state that is not this database's.
    return attempt <= attempts.get(number, -1)


def _written_by(name: str) -> tuple[int, ...]:
    match = _PACK.fullmatch(name)
    return () if match is None else (int(match[1]), int(match[2]))
