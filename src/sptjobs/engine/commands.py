"""What clients do to jobs: one transaction each, then wake-ups.

A command that loses a race reads the job again and answers by what it finds.
"""

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.engine.engine import Engine
from sptjobs.engine.limits import check_limits, check_stored
from sptjobs.engine.pressure import refuse_behind_long_queue, refuse_without_room
from sptjobs.settings import Settings
from sptjobs.soda.request import CutoutRequest
from sptjobs.store.database import now
from sptjobs.store.jobs import insert_job, read_job, record_event
from sptjobs.store.schema import job
from sptjobs.uws.errors import TransitionError, UnknownJobError
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase

RESERVED_TARGETS = 10
"""Most targets of a job that may use the reserved slot."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a client says of a job to be made.

    Attributes
    ----------
    parameters
        Names and values to be shown, as ``sptjobs.uws.jobs.Job`` has them.
    execution_duration
        Seconds, None for the default; clamped to the service's cap.
    destruction
        None for the default; clamped.
    """

    owner_id: str
    parameters: tuple[tuple[str, str], ...]
    request: CutoutRequest
    run_id: str | None = None
    execution_duration: int | None = None
    destruction: datetime | None = None


async def create_job(engine: Engine, new: NewJob, *, run: bool = False) -> Job:
    """Make a PENDING job, or with ``run`` a QUEUED one in the same transaction.

    Raises
    ------
    LimitError
        It would exceed what its owner may have.
    UnavailableError
        The service is short of disk, or its queue is too long.
    """
    job_id = uuid.uuid4().hex
    await _refuse_without_room(engine, new.owner_id)
    async with engine.database.write() as connection:
        await insert_job(connection, await _row(connection, engine.settings, job_id, new))
        await record_event(connection, job_id, "created", target=ExecutionPhase.PENDING)
        if run:
            await transitions.queue(connection, job_id)
        await check_limits(connection, engine.settings, new.owner_id, run=run)
        made = await _read(connection, job_id)
    if run:
        engine.wakeups.ready(job_id, 1, actor="execute")
    return made


async def run_job(engine: Engine, job_id: str) -> Job:
    """Queue a PENDING or HELD job.

    Raises
    ------
    TransitionError
        The job is in any other phase.
    LimitError
        Its owner has too many jobs at work, or too much on disk.
    UnavailableError
        The service is short of disk, or its queue is too long.
    """
    async with engine.database.read() as connection:
        owner_id = (await _read(connection, job_id)).owner_id
    await _refuse_without_room(engine, owner_id)
    async with engine.database.write() as connection:
        queued = await transitions.queue(connection, job_id)
        found = await _read(connection, job_id)
        if not queued:
            raise TransitionError(f"PHASE=RUN: the job is {found.phase}, only a PENDING job is run")
        await check_limits(connection, engine.settings, owner_id, run=True)
    engine.wakeups.ready(job_id, 1, actor="execute")
    await engine.wakeups.changed(job_id)
    return found


async def abort_job(engine: Engine, job_id: str, reason: str = "by request") -> Job:
    """Abort a job; one in a final phase is returned as it is."""
    async with engine.database.write() as connection:
        await transitions.abort(connection, job_id, reason)
        found = await _read(connection, job_id)
    await engine.wakeups.changed(job_id)
    return found


async def delete_job(engine: Engine, job_id: str) -> None:
    """Forget a job: work on it stops, its files are swept, its history stays."""
    async with engine.database.write() as connection:
        if await transitions.lock(connection, job_id) is None:
            raise _unknown(job_id)
        await transitions.abort(connection, job_id, "deleted")
        await record_event(connection, job_id, "deleted")
        await connection.execute(sa.delete(job).where(job.c.job_id == job_id))
    await engine.wakeups.changed(job_id)


async def set_destruction(engine: Engine, job_id: str, when: datetime) -> Job:
    """Move the time at which a job is destroyed, clamped to the service's cap."""

    async def values(connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase is ExecutionPhase.ARCHIVED:
            raise TransitionError("DESTRUCTION: the job is ARCHIVED")
        return {"destruction": await _clamped_destruction(connection, engine.settings, when)}

    return await _change(engine, job_id, values)


async def set_execution_duration(engine: Engine, job_id: str, seconds: int) -> Job:
    """Change the seconds that a job may execute, clamped to the service's cap.

    Raises
    ------
    TransitionError
        The job is executing or past it.
    """

    async def values(_connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase not in {ExecutionPhase.PENDING, ExecutionPhase.QUEUED, ExecutionPhase.HELD}:
            raise TransitionError(f"EXECUTIONDURATION: the job is {found.phase} already")
        return {"execution_duration": _clamped_duration(engine.settings, seconds)}

    return await _change(engine, job_id, values)


async def change_request(
    engine: Engine, job_id: str, parameters: tuple[tuple[str, str], ...], request: CutoutRequest
) -> Job:
    """Replace the parameters of a PENDING job.

    Raises
    ------
    TransitionError
        The job is not PENDING any more.
    """

    async def values(_connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase is not ExecutionPhase.PENDING:
            raise TransitionError(f"parameters: the job is {found.phase}, no longer PENDING")
        return {
            "parameters": json.dumps(parameters),
            "request": request.to_json(),
            "lane": _lane(request),
        }

    return await _change(engine, job_id, values)


_Values = Callable[[AsyncConnection, Job], Awaitable[dict[str, Any]]]


async def _change(engine: Engine, job_id: str, values: _Values) -> Job:
    """Set columns of a job that ``values`` names after looking at the locked job."""
    async with engine.database.write() as connection:
        await transitions.lock(connection, job_id)
        columns = await values(connection, await _read(connection, job_id))
        await connection.execute(
            sa.update(job)
            .where(job.c.job_id == job_id)
            .values(version=job.c.version + 1, **columns)
        )
        return await _read(connection, job_id)


async def _refuse_without_room(engine: Engine, owner_id: str) -> None:
    """Refuse new work that the disk, the queue or its owner's share has no room for."""
    await refuse_without_room(engine.settings)
    async with engine.database.read() as connection:
        await refuse_behind_long_queue(connection, engine.settings)
        await check_stored(connection, engine.settings, owner_id)


async def _read(connection: AsyncConnection, job_id: str) -> Job:
    found = await read_job(connection, job_id)
    if found is None:
        raise _unknown(job_id)
    return found


def _unknown(job_id: str) -> UnknownJobError:
    return UnknownJobError(f"there is no job {job_id}")


async def _row(
    connection: AsyncConnection, settings: Settings, job_id: str, new: NewJob
) -> dict[str, Any]:
    created = await now(connection)
    wanted = new.destruction or created + timedelta(seconds=settings.default_lifetime_s)
    duration = settings.default_execution_s
    if new.execution_duration is not None:
        duration = new.execution_duration
    return {
        "job_id": job_id,
        "owner_id": new.owner_id,
        "run_id": new.run_id,
        "phase": ExecutionPhase.PENDING,
        "lane": _lane(new.request),
        "created": created,
        "execution_duration": _clamped_duration(settings, duration),
        "destruction": await _clamped_destruction(connection, settings, wanted),
        "parameters": json.dumps(new.parameters),
        "request": new.request.to_json(),
    }


def _lane(request: CutoutRequest) -> str:
    small = len(request.targets) <= RESERVED_TARGETS and not request.has_times
    return "reserved" if small else "shared"


def _clamped_duration(settings: Settings, seconds: int) -> int:
    # 0 asks for no limit (UWS 1.1, section 2.1.5): the cap is what we can give.
    return settings.max_execution_s if seconds == 0 else min(seconds, settings.max_execution_s)


async def _clamped_destruction(
    connection: AsyncConnection, settings: Settings, when: datetime
) -> datetime:
    cap = await now(connection) + timedelta(seconds=settings.max_lifetime_s)
    return min(when, cap)
