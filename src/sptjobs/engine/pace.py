"""How long a job still takes, where that can be estimated."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import job
from sptjobs.uws.jobs import Job, Pace
from sptjobs.uws.phases import RUNNABLE, ExecutionPhase

_MIN_PAIRS, _MIN_SHARE, _MIN_S = 10, 0.02, 1.0
"""What must be done before the pace says anything of what is left."""


async def paces_of(connection: AsyncConnection, found: Iterable[Job]) -> dict[str, Pace | None]:
    """Tell where jobs stand in the queue, or how fast they go, by id; None in other phases.

    The queue and the database's clock are each read once for all of them, a hundred or so.
    """
    jobs = list(found)
    queued = [each for each in jobs if each.phase is ExecutionPhase.QUEUED]
    going = [each for each in jobs if each.phase is ExecutionPhase.EXECUTING and each.start_time]
    paces: dict[str, Pace | None] = dict.fromkeys(each.job_id for each in jobs)
    if queued:
        ahead = await _ahead(connection, sorted({each.creation_time for each in queued}))
        paces |= {each.job_id: ahead[each.creation_time] for each in queued}
    if going:
        clock = await now(connection)
        paces |= {each.job_id: _speed(each, clock) for each in going}
    return paces


async def _ahead(connection: AsyncConnection, moments: Sequence[datetime]) -> dict[datetime, Pace]:
    """Count the runnable jobs that are older than each of some moments, given in their order."""
    created = job.c.created
    # Of each job: the first of the moments that it is older than.
    first = sa.case(*((created < moment, number) for number, moment in enumerate(moments)))
    query = (
        sa.select(first.label("moment"), sa.func.count(), sa.func.sum(job.c.parts_left))
        .where(job.c.phase.in_(sorted(RUNNABLE)), created < moments[-1])
        .group_by("moment")
    )
    between = {number: counts for number, *counts in await connection.execute(query)}
    ahead, jobs, parts = {}, 0, 0
    for number, moment in enumerate(moments):
        more_jobs, more_parts = between.get(number, (0, 0))
        jobs, parts = jobs + int(more_jobs), parts + int(more_parts or 0)
        ahead[moment] = Pace(jobs_ahead=jobs, parts_ahead=parts)
    return ahead


def _speed(found: Job, clock: datetime) -> Pace:
    assert found.start_time is not None
    elapsed = max((clock - found.start_time).total_seconds(), 0.0)
    done, total = found.progress.pairs_done, found.progress.pairs_total
    rate = done / elapsed if elapsed > 0 else 0.0
    enough = done >= max(_MIN_PAIRS, _MIN_SHARE * total) and elapsed >= _MIN_S
    return Pace(
        elapsed_s=round(elapsed, 1),
        pairs_per_s=round(rate, 3),
        left_s=round((total - done) / rate, 1) if enough and total and rate else None,
    )
