"""What clients do to jobs: one transaction each, then wake-ups.

A command that loses a race reads the job again and returns what it finds.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.engine.back_pressure import (
    read_taken,
    refuse_behind_long_queue,
    refuse_without_room,
)
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_texts import written_texts
from sptjobs.engine.quotas import check_limits, check_locked, check_stored, owned_limits
from sptjobs.engine.retention import (
    destruction_columns,
    duration_columns,
    first_times,
    record_caps,
)
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.settings import Limits
from sptjobs.store.accounts import lock_account
from sptjobs.store.database import now
from sptjobs.store.jobs import look_up_jobs, read_job, record_event
from sptjobs.store.schema import job
from sptjobs.uws.errors import TransitionError, UnknownJobError
from sptjobs.uws.jobs import Job
from sptjobs.uws.parts import Lane
from sptjobs.uws.phases import ExecutionPhase

RESERVED_TARGETS = 10
"""Most targets of a job that may use the reserved slot."""

_LONG_TEXT = 100_000
"""Characters that are not written while the event loop waits."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a client says of a job to be made.

    Attributes
    ----------
    parameters
        Names and values to be shown, as ``sptjobs.uws.jobs.Job`` has them.
    execution_duration
        Seconds, None for the default; what is beyond the service's cap gets the cap.
    destruction
        None for the default; likewise.
    parent_id
        Job that the new one repeats, in part or for newer maps.
    """

    owner_id: str
    parameters: tuple[tuple[str, str], ...]
    request: CutoutRequest
    run_id: str | None = None
    execution_duration: int | None = None
    destruction: datetime | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class MadeJob:
    """A job that was just made, and the phase that it was made in."""

    job_id: str
    phase: ExecutionPhase


async def create_job(
    engine: Engine, new: NewJob, *, limits: Limits | None = None, run: bool = False
) -> MadeJob:
    """Make a PENDING job, or with ``run`` a QUEUED one in the same transaction.

    Parameters
    ----------
    limits
        What the owner may have, where it was read already for this job.

    Raises
    ------
    LimitError
        It would exceed what its owner may have.
    UnavailableError
        The service is short of disk, or its queue is too long.
    """
    job_id = uuid.uuid4().hex
    limits = await _refuse_without_room(engine, new.owner_id, limits)
    texts = await written_texts(new.parameters, new.request)
    small = len(texts["request"]) + len(texts["parameters"]) < _LONG_TEXT
    database = engine.database
    async with database.write_briefly() if small else database.write() as connection:
        # Before the job: its owner's other requests wait here, and then count it.
        at = await lock_account(connection, new.owner_id)
        times = first_times(at, engine.settings, new.execution_duration, new.destruction)
        phase = await transitions.begin(connection, job_id, _row(new) | texts | times, run=run)
        await record_caps(connection, job_id, times)
        await check_locked(connection, limits, new.owner_id, run=run)
    if run:
        engine.wakeups.ready(job_id, 1, actor="execute")
    engine.wakeups.changed(job_id)
    return MadeJob(job_id, phase)


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
    known = (await look_up_jobs(engine.database, [job_id])).get(job_id)
    if known is None:
        raise _unknown(job_id)
    owner_id = known.owner_id
    limits = await _refuse_without_room(engine, owner_id)
    async with engine.database.write_briefly() as connection:
        queued = await transitions.queue(connection, job_id)
        found = await _read(connection, job_id)
        if not queued:
            raise TransitionError(f"PHASE=RUN: the job is {found.phase}, only a PENDING job is run")
        await check_limits(connection, limits, owner_id, run=True)
    engine.wakeups.ready(job_id, 1, actor="execute")
    engine.wakeups.changed(job_id)
    return found


async def abort_job(engine: Engine, job_id: str, reason: str = "by request") -> Job:
    """Abort a job; one in a final phase is returned as it is."""
    async with engine.database.write() as connection:
        await transitions.abort(connection, job_id, reason)
        found = await _read(connection, job_id)
    engine.wakeups.changed(job_id)
    return found


async def delete_job(engine: Engine, job_id: str) -> None:
    """Forget a job: work on it stops, its files are swept, its history stays for a time."""
    async with engine.database.write() as connection:
        if await transitions.lock(connection, job_id) is None:
            raise _unknown(job_id)
        await transitions.abort(connection, job_id, "deleted")
        await record_event(connection, job_id, "deleted")
        await connection.execute(sa.delete(job).where(job.c.job_id == job_id))
    engine.wakeups.changed(job_id)


async def set_destruction(engine: Engine, job_id: str, when: datetime) -> Job:
    """Move the time at which a job is destroyed: it is renewed up to the service's cap.

    What is beyond the cap gets the cap, and the job says so.
    """

    async def values(connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase is ExecutionPhase.ARCHIVED:
            raise TransitionError("DESTRUCTION: the job is ARCHIVED")
        return destruction_columns(engine.settings, when, await now(connection))

    return await _change(engine, job_id, values)


async def set_execution_duration(engine: Engine, job_id: str, seconds: int) -> Job:
    """Change the seconds that a job may execute.

    What is beyond the service's cap gets the cap, and the job says so.

    Raises
    ------
    TransitionError
        The job is executing or past it.
    """

    async def values(_connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase not in {ExecutionPhase.PENDING, ExecutionPhase.QUEUED, ExecutionPhase.HELD}:
            raise TransitionError(f"EXECUTIONDURATION: the job is {found.phase} already")
        return duration_columns(engine.settings, seconds)

    return await _change(engine, job_id, values)


async def set_run_id(engine: Engine, job_id: str, run_id: str | None) -> Job:
    """Give a job another run id, or none."""

    async def values(_connection: AsyncConnection, _found: Job) -> dict[str, Any]:
        return {"run_id": run_id}

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
    texts = await written_texts(parameters, request)

    async def values(_connection: AsyncConnection, found: Job) -> dict[str, Any]:
        if found.phase is not ExecutionPhase.PENDING:
            raise TransitionError(f"parameters: the job is {found.phase}, no longer PENDING")
        return {"lane": _lane(request), **texts}

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
        await record_caps(connection, job_id, columns)
        changed = await _read(connection, job_id)
    engine.wakeups.changed(job_id)
    return changed


async def _refuse_without_room(
    engine: Engine, owner_id: str, limits: Limits | None = None
) -> Limits:
    """Refuse new work that the disk, the queue or its owner's share has no room for.

    Gives the owner's limits, read here where they are not known yet.
    """
    settings = engine.settings
    await refuse_without_room(settings)
    taken = await read_taken(engine.database, owner_id)
    refuse_behind_long_queue(taken, settings)
    limits = limits or await owned_limits(engine.database, settings, owner_id)
    check_stored(taken.stored_bytes, limits)
    return limits


async def _read(connection: AsyncConnection, job_id: str) -> Job:
    found = await read_job(connection, job_id)
    if found is None:
        raise _unknown(job_id)
    return found


def _unknown(job_id: str) -> UnknownJobError:
    return UnknownJobError(f"there is no job {job_id}")


def _row(new: NewJob) -> dict[str, Any]:
    return {
        "owner_id": new.owner_id,
        "run_id": new.run_id,
        "parent_id": new.parent_id,
        "lane": _lane(new.request),
    }


def _lane(request: CutoutRequest) -> Lane:
    few_maps = bool(request.map_ids) or not request.has_times
    small = len(request.targets) <= RESERVED_TARGETS and few_maps
    return Lane.RESERVED if small else Lane.SHARED
