"""The reconciler: finds what no message tells, and repairs it.

Every step may run in several control workers at once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sptjobs.control.attempts import attempt
from sptjobs.engine import transitions
from sptjobs.engine.beats import BeatObserver
from sptjobs.engine.claims import give_back
from sptjobs.engine.engine import Engine
from sptjobs.engine.ready_parts import send_ready
from sptjobs.metrics.part_counts import STRIKES
from sptjobs.store.database import now
from sptjobs.store.jobs import record_event
from sptjobs.store.schema import job, part
from sptjobs.uws.parts import OPEN
from sptjobs.uws.phases import FINAL, ExecutionPhase


@asynccontextmanager
async def sweeping(engine: Engine) -> AsyncIterator[None]:
    """Sweep and send permits, every ``sweep_s`` seconds while the block runs.

    Beside each other: a broker that hangs must not hold up what only the database is needed for.
    """
    observer = BeatObserver(engine.settings.dead_s)

    async def swept() -> None:
        await sweep(engine, observer)

    async def permitted() -> None:
        await send_ready(engine)

    repeating, pause_s = engine.background.repeating, engine.settings.sweep_s
    async with repeating("sweep", swept, pause_s), repeating("permits", permitted, pause_s):
        yield


@asynccontextmanager
async def checkpointing(engine: Engine) -> AsyncIterator[None]:
    """Keep the log of the database short, every ``sweep_s`` seconds while the block runs."""
    step, pause_s = engine.database.checkpoint, engine.settings.sweep_s
    async with engine.background.repeating("checkpoint", step, pause_s):
        yield


async def sweep(engine: Engine, observer: BeatObserver) -> None:
    """Do every step of the reconciler once; one that fails holds up none of the others."""
    await attempt("giving back", give_back_abandoned(engine, observer))
    for step in (repair_finished, abort_overdue, destroy_expired):
        await attempt(step.__name__, step(engine))


async def give_back_abandoned(engine: Engine, observer: BeatObserver) -> None:
    """Make parts ready again whose worker does not beat any more."""
    for key in await observer.abandoned(engine.database):
        reason = f"its worker did not beat for {engine.settings.dead_s:g} s"
        if await give_back(engine.database, key, reason, blame="worker"):
            STRIKES.labels("worker").inc()
            engine.wakeups.changed(key[0])


async def repair_finished(engine: Engine) -> None:
    """Complete jobs that are EXECUTING with nothing left to do; none should exist."""
    open_parts = sa.exists().where(part.c.job_id == job.c.job_id, part.c.state.in_(sorted(OPEN)))
    query = sa.select(job.c.job_id).where(job.c.phase == ExecutionPhase.EXECUTING, ~open_parts)
    for job_id in await _ids(engine, query):
        async with engine.database.write() as connection:
            await transitions.lock(connection, job_id)
            if not await connection.scalar(query.where(job.c.job_id == job_id)):
                continue
            await record_event(connection, job_id, "repaired", detail="no part was left open")
            await transitions.complete(connection, job_id)
        engine.wakeups.changed(job_id)


async def abort_overdue(engine: Engine) -> None:
    """Abort jobs that execute for longer than they may (UWS 1.1, section 2.1.5)."""
    query = sa.select(job.c.job_id, job.c.started, job.c.execution_duration).where(
        job.c.phase == ExecutionPhase.EXECUTING, job.c.execution_duration > 0
    )
    async with engine.database.read() as connection:
        clock = await now(connection)
        rows = (await connection.execute(query)).all()
    for row in rows:
        if _is_over(row.started, row.execution_duration, clock):
            reason = f"execution duration of {row.execution_duration} s exceeded"
            async with engine.database.write() as connection:
                await transitions.abort(connection, row.job_id, reason)
            engine.wakeups.changed(row.job_id)


async def destroy_expired(engine: Engine) -> None:
    """Archive jobs whose destruction time has come: abort, keep the record, free the disk."""
    async with engine.database.read() as connection:
        clock = await now(connection)
    for job_id in await _ids(engine, expired(clock)):
        async with engine.database.write() as connection:
            phase = await transitions.lock(connection, job_id)
            if phase is not None and phase not in FINAL:
                await transitions.abort(connection, job_id, "destruction time reached")
            await transitions.archive(connection, job_id)
        engine.wakeups.changed(job_id)


def expired(clock: datetime) -> sa.Select[tuple[str]]:
    """Ask for the jobs whose destruction time has come and that are not archived yet.

    Naming the phases that a job may have lets an index skip the archived ones, whose
    times have all come and of which there are ever more.
    """
    waiting = sorted(set(ExecutionPhase) - {ExecutionPhase.ARCHIVED})
    return sa.select(job.c.job_id).where(job.c.phase.in_(waiting), job.c.destruction <= clock)


def _is_over(started: datetime | None, seconds: int, clock: datetime) -> bool:
    return started is not None and clock - started > timedelta(seconds=seconds)


async def _ids(engine: Engine, query: sa.Select[Any]) -> list[str]:
    async with engine.database.read() as connection:
        return list((await connection.execute(query)).scalars())
