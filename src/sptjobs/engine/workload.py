"""What there is to do and who is at it, of all jobs, as the database tells it."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.broker.inspection import read_counts
from sptjobs.engine.engine import Engine
from sptjobs.metrics.measures import Backlog, Measured
from sptjobs.store.database import now, ping
from sptjobs.store.parts import PartRow, count_open_parts, running_parts
from sptjobs.store.schema import event, job, part
from sptjobs.store.schema_revision import read_revision
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.parts import Lane, PartState
from sptjobs.uws.phases import RUNNABLE, ExecutionPhase

_log = logging.getLogger(__name__)

_BROKER_TIMEOUT_S: Final = 2.0
_MAX_RUNNING: Final = 1000
"""Parts that are listed; each takes a slot."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What waits and what runs.

    Attributes
    ----------
    phases
        Jobs by their phase.
    oldest_s
        How long the job is QUEUED that has waited longest to begin [s]; 0 when none waits.
    parts
        Parts that are ``ready``, ``running``, and how many of them were ``struck``.
    running
        The parts that workers are at.
    revision
        Revision of the schema.
    """

    phases: Mapping[str, int]
    oldest_s: float
    parts: Mapping[str, int]
    running: tuple[PartRow, ...]
    revision: str | None


async def read_workload(engine: Engine) -> Workload:
    """Look at all jobs and parts.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    async with engine.database.read() as connection:
        return Workload(
            await count_jobs(connection),
            await longest_wait_s(connection),
            await count_open_parts(connection),
            tuple(await running_parts(connection, _MAX_RUNNING)),
            await read_revision(connection),
        )


def measured(engine: Engine, loop: asyncio.AbstractEventLoop) -> Measured:
    """Make the collector of what every process measures."""
    checks = {"database": lambda: ping(engine.database), "broker": engine.wakeups.ping}
    return Measured(checks, engine.settings.results, loop)


async def read_backlog(engine: Engine) -> Backlog:
    """Look at what waits and what runs.

    Raises
    ------
    UnavailableError
        The database does not respond. A broker that does not leaves out what only it knows.
    """
    async with engine.database.read() as connection:
        phases = await count_jobs(connection)
        left = (
            sa.select(job.c.lane, sa.func.sum(job.c.parts_left))
            .where(job.c.phase.in_(sorted(RUNNABLE)))
            .group_by(job.c.lane)
        )
        lanes = dict.fromkeys(map(str, Lane), 0)
        lanes |= {lane: int(count) for lane, count in await connection.execute(left)}
        running = sa.select(sa.func.count()).where(part.c.state == PartState.RUNNING)
        count = int(await connection.scalar(running) or 0)
        oldest_s = await longest_wait_s(connection)
    try:
        messages, slots = await read_counts(engine.wakeups.client, _BROKER_TIMEOUT_S)
    except UnavailableError as error:
        _log.warning("messages and slots not counted: %s", error.message)
        return Backlog(phases, lanes, count, oldest_s, {}, None)
    return Backlog(phases, lanes, count, oldest_s, messages, slots)


async def count_jobs(connection: AsyncConnection) -> dict[str, int]:
    """Count jobs by their phase, those in which there are none too."""
    counted = sa.select(job.c.phase, sa.func.count().label("jobs")).group_by(job.c.phase)
    phases = {str(phase): 0 for phase in ExecutionPhase if phase != ExecutionPhase.UNKNOWN}
    return phases | {row.phase: row.jobs for row in await connection.execute(counted)}


async def longest_wait_s(connection: AsyncConnection) -> float:
    """Find by the history since when the QUEUED jobs wait: their rows do not say.

    Parts carry no times; a job that has begun is not stuck, however long it is.
    """
    since = (
        sa.select(sa.func.max(event.c.event_id))
        .join(job, job.c.job_id == event.c.job_id)
        .where(job.c.phase == ExecutionPhase.QUEUED, event.c.target == ExecutionPhase.QUEUED)
        .group_by(event.c.job_id)
    )
    query = sa.select(sa.func.min(event.c.event_id)).where(event.c.event_id.in_(since))
    moment = await connection.scalar(
        sa.select(event.c.at).where(event.c.event_id == query.scalar_subquery())
    )
    return 0.0 if moment is None else ((await now(connection)) - moment).total_seconds()
