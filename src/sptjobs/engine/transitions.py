"""Phase changes: one function that makes them, and one name for each.

Every function runs in the caller's transaction and first locks the job's row,
which is the job's mutex: all that changes the state of a job's parts locks it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.jobs import record_event
from sptjobs.store.notices import tell_of_job
from sptjobs.store.schema import job, pack, part
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.parts import OPEN, PartState
from sptjobs.uws.phases import FINAL, ExecutionPhase, sources

_JOB_ID: sa.BindParameter[str] = sa.bindparam("of_job")
_LOCKED = sa.select(job.c.phase).where(job.c.job_id == _JOB_ID).with_for_update()
"""Made once, as all below, because making a statement takes longer than running it."""
_HAS_PARTS = sa.select(part.c.number).where(part.c.job_id == _JOB_ID, part.c.number == 0)
_PART = sa.insert(part)
_ENDS = FINAL - {ExecutionPhase.ARCHIVED}


async def lock(connection: AsyncConnection, job_id: str) -> ExecutionPhase | None:
    """Lock a job's row and return its phase, None when the job is gone."""
    phase = await connection.scalar(_LOCKED, {"of_job": job_id})
    return None if phase is None else ExecutionPhase(phase)


async def advance(
    connection: AsyncConnection,
    job_id: str,
    target: ExecutionPhase,
    *,
    locked: ExecutionPhase | None = None,
    at: datetime | None = None,
    detail: str | None = None,
    **columns: Any,
) -> bool:
    """Take a job to another phase, if the table of transitions allows it.

    Nothing else in the service writes a job's phase.

    Parameters
    ----------
    locked
        Phase of the job, from whoever holds the lock of its row already.
    at
        Time of the change by the database's clock, from whoever has read it already.
    detail
        What the history says beside the change.
    columns
        Further columns of the job to set with it.

    Returns
    -------
    bool
        Whether the phase changed; False when the job is gone or in a phase that
        does not lead to ``target``.
    """
    source = locked or await lock(connection, job_id)
    values = {"of_job": job_id, **columns}
    changed = await connection.execute(_change_to(target, tuple(columns)), values)
    if source is None or changed.rowcount == 0:
        return False
    if target in FINAL - {ExecutionPhase.COMPLETED}:  # Whose parts have all been done.
        await _drop_open_parts(connection, job_id)
    await record_event(
        connection, job_id, "phase", at=at, source=source, target=target, detail=detail
    )
    if target in _ENDS:
        await tell_of_job(connection, job_id, at)
    return True


@lru_cache(maxsize=64)
def _change_to(target: ExecutionPhase, columns: tuple[str, ...]) -> sa.Update:
    """Make the statement that changes a phase, and sets these columns."""
    given = {name: sa.bindparam(name, type_=job.c[name].type) for name in columns}
    return (
        sa.update(job)
        .where(job.c.job_id == _JOB_ID, job.c.phase.in_(sorted(sources(target))))
        .values(phase=target, version=job.c.version + 1, **given)
    )


async def queue(
    connection: AsyncConnection,
    job_id: str,
    locked: ExecutionPhase | None = None,
    at: datetime | None = None,
) -> bool:
    """RUN: PENDING or HELD to QUEUED, with the planning part ready to be claimed."""
    source = locked or await lock(connection, job_id)
    is_new = source is ExecutionPhase.PENDING or not await _has_parts(connection, job_id)
    sums: dict[str, Any] = {"parts_total": 1, "parts_left": 1} if is_new else {}
    queued = ExecutionPhase.QUEUED
    if not await advance(connection, job_id, queued, locked=source, at=at, **sums):
        return False
    if is_new:
        values = {"job_id": job_id, "number": 0, "state": PartState.READY, "cost_s": 1.0}
        await connection.execute(_PART, values)
    return True


async def _has_parts(connection: AsyncConnection, job_id: str) -> bool:
    return await connection.scalar(_HAS_PARTS, {"of_job": job_id}) is not None


async def execute(
    connection: AsyncConnection,
    job_id: str,
    locked: ExecutionPhase | None = None,
    at: datetime | None = None,
) -> bool:
    """Take a job to EXECUTING as its first part is claimed."""
    at = at or await now(connection)
    return await advance(
        connection, job_id, ExecutionPhase.EXECUTING, locked=locked, at=at, started=at
    )


async def complete(
    connection: AsyncConnection,
    job_id: str,
    locked: ExecutionPhase | None = None,
    at: datetime | None = None,
    **sums: Any,
) -> bool:
    """Take a job to COMPLETED, once none of its parts is left, with its sums of then."""
    at = at or await now(connection)
    completed = ExecutionPhase.COMPLETED
    return await advance(connection, job_id, completed, locked=locked, at=at, ended=at, **sums)


async def fail(connection: AsyncConnection, job_id: str, error: ErrorSummary) -> bool:
    """Take a job to ERROR, with the reason."""
    return await advance(
        connection,
        job_id,
        ExecutionPhase.ERROR,
        detail=error.message,
        ended=await now(connection),
        error_code=error.code,
        error_kind=error.kind,
        error_message=error.message,
        error_detail=error.detail,
    )


async def abort(connection: AsyncConnection, job_id: str, reason: str) -> bool:
    """Take a job to ABORTED; its finished parts stay (UWS 1.1, section 2.2.3.4)."""
    return await advance(
        connection,
        job_id,
        ExecutionPhase.ABORTED,
        detail=reason,
        ended=await now(connection),
        abort_reason=reason,
    )


async def archive(connection: AsyncConnection, job_id: str, reason: str | None = None) -> bool:
    """Take a final job to ARCHIVED: the record stays for a time, its files are swept."""
    archived = ExecutionPhase.ARCHIVED
    if not await advance(connection, job_id, archived, detail=reason, disk_bytes=0):
        return False
    await connection.execute(sa.delete(pack).where(pack.c.job_id == job_id))
    await connection.execute(sa.delete(part).where(part.c.job_id == job_id))
    return True


async def _drop_open_parts(connection: AsyncConnection, job_id: str) -> None:
    """Close what a final job leaves undone; beats tell the workers to stop."""
    # Beats update running parts without the job's lock, in the order of their
    # numbers: whoever took them in another order could wait for a beat for ever.
    await connection.execute(
        sa.select(part.c.number)
        .where(part.c.job_id == job_id, part.c.state == PartState.RUNNING)
        .order_by(part.c.number)
        .with_for_update()
    )
    await connection.execute(
        sa.update(part)
        .where(part.c.job_id == job_id, part.c.state.in_(sorted(OPEN)))
        .values(state=PartState.DROPPED)
    )
