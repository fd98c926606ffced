"""Liveness: workers beat, and an observer gives back what stands still."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine.claims import is_held
from sptjobs.store.database import Database
from sptjobs.store.schema import job, part
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

Key = tuple[str, int, int]
"""Job, part and attempt."""

_KEY = (part.c.job_id, part.c.number, part.c.attempt)


async def beat(database: Database, progress: Mapping[Key, int]) -> set[Key]:
    """Beat for running parts, record their progress, and learn which were lost.

    Parameters
    ----------
    progress
        Combinations of target and map done so far, for each part this process runs.

    Returns
    -------
    set
        The parts that are not this process's any more: their job is final or
        gone, or the row bears another attempt. Their children must be killed.
    """
    if not progress:
        return set()
    async with database.write_briefly() as connection:
        for key in await _unlocked(connection, progress):
            beaten = {"beat": part.c.beat + 1, "pairs_done": progress[key]}
            await connection.execute(sa.update(part).where(*is_held(key)).values(**beaten))
        return progress.keys() - await _ours(connection, progress)


async def _unlocked(connection: AsyncConnection, keys: Collection[Key]) -> list[Key]:
    """Lock those of the parts that nobody else has locked.

    One whose lock is held, by an abort that was stopped in its middle for example,
    misses a beat; waiting for it would silence the others as well.
    """
    # In the order of the keys, so that two processes' beats cannot deadlock.
    query = sa.select(*_KEY).where(_is_any(keys)).order_by(*_KEY)
    rows = await connection.execute(query.with_for_update(skip_locked=True))
    return [(row.job_id, row.number, row.attempt) for row in rows]


async def _ours(connection: AsyncConnection, keys: Collection[Key]) -> set[Key]:
    """Find those of the parts that still bear their attempt, for a job that goes on."""
    query = (
        sa.select(*_KEY)
        .join(job, job.c.job_id == part.c.job_id)
        .where(
            _is_any(keys),
            part.c.state == PartState.RUNNING,
            job.c.phase == ExecutionPhase.EXECUTING,
        )
    )
    return {(row.job_id, row.number, row.attempt) for row in await connection.execute(query)}


def _is_any(keys: Collection[Key]) -> sa.ColumnElement[bool]:
    """Match the parts one by one: SQLite reads the whole table for a list of tuples."""
    return sa.or_(
        *(
            sa.and_(part.c.job_id == job_id, part.c.number == number, part.c.attempt == attempt)
            for job_id, number, attempt in sorted(keys)
        )
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    beat: int
    since: float


class BeatObserver:
    """Tells which running parts have not beaten for too long.

    It trusts no clock but its own monotonic one, and no stretch of time in which
    it did not look itself: after such a gap it starts to observe anew, so that a
    stopped observer or an unreachable database condemns nobody. To look, it takes
    the lock that a beat takes: while nobody can beat, it does not look either.

    Parameters
    ----------
    dead_s
        Seconds without a beat after which a part counts as abandoned.
    clock
        Monotonic clock [s].
    """

    def __init__(self, dead_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._dead_s = dead_s
        self._clock = clock
        self._seen: dict[Key, _Seen] = {}
        self._looked = clock()

    async def abandoned(self, database: Database) -> list[Key]:
        """Look at all running parts and list those that stood still for too long."""
        query = sa.select(part.c.job_id, part.c.number, part.c.attempt, part.c.beat)
        async with database.write() as connection:
            # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
            if not database.is_sqlite:
                await connection.execute(sa.text("LOCK TABLE part IN ROW EXCLUSIVE MODE"))
            rows = (await connection.execute(query.where(part.c.state == PartState.RUNNING))).all()
        return self.observe({(row[0], row[1], row[2]): row[3] for row in rows})

    def observe(self, beats: Mapping[Key, int]) -> list[Key]:
        """Compare with what was seen before; separate, so that time can be tested."""
        now = self._clock()
        if now - self._looked > self._dead_s / 2:
            self._seen.clear()
        self._looked = now
        seen = {}
        for key, count in beats.items():
            before = self._seen.get(key)
            same = before is not None and before.beat == count
            seen[key] = before if before is not None and same else _Seen(count, now)
        self._seen = seen
        return [key for key, one in seen.items() if now - one.since >= self._dead_s]
