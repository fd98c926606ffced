"""How long a job still takes, where that can be estimated."""

from collections.abc import Iterable
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

    The database's clock is read once for all of them.
    """
    paces: dict[str, Pace | None] = {}
    clock: datetime | None = None
    for each in found:
        paces[each.job_id] = None
        if each.phase is ExecutionPhase.QUEUED:
            paces[each.job_id] = await _ahead(connection, each)
        elif each.phase is ExecutionPhase.EXECUTING and each.start_time is not None:
            clock = clock or await now(connection)
            elapsed = (clock - each.start_time).total_seconds()
            paces[each.job_id] = _speed(each, max(elapsed, 0.0))
    return paces


async def _ahead(connection: AsyncConnection, found: Job) -> Pace:
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(job.c.parts_left), 0)).where(
        job.c.phase.in_(sorted(RUNNABLE)), job.c.created < found.creation_time
    )
    jobs, parts = (await connection.execute(query)).one()
    return Pace(jobs_ahead=int(jobs), parts_ahead=int(parts))


def _speed(found: Job, elapsed: float) -> Pace:
    done, total = found.progress.pairs_done, found.progress.pairs_total
    rate = done / elapsed if elapsed > 0 else 0.0
    enough = done >= max(_MIN_PAIRS, _MIN_SHARE * total) and elapsed >= _MIN_S
    return Pace(
        elapsed_s=round(elapsed, 1),
        pairs_per_s=round(rate, 3),
        left_s=round((total - done) / rate, 1) if enough and total and rate else None,
    )
