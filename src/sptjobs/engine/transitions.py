"""Phase changes: one function that makes them, and one name for each.

Every function runs in the caller's transaction and first locks the job's row,
which is the job's mutex: all that changes the state of a job's parts locks it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.jobs import event_insert, event_values
from sptjobs.store.notices import MESSAGES_OF_JOB
from sptjobs.store.schema import job, pack, part
from sptjobs.store.together import Together
from sptjobs.uws.errors import UnavailableError
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
    if source is None or source not in sources(target):
        return False
    at = at or await now(connection)
    values = {"of_job": job_id, "at": at, **columns}
    values |= event_values("event", "phase", at, source=source, target=target, detail=detail)
    changed = await _change_to(target, tuple(columns)).execute(connection, values)
    if changed.rowcount == 0:
        # Nothing of it may stay: the history tells of a change already.
        raise UnavailableError(f"job {job_id} changed while it was being changed; try again")
    if target in FINAL - {ExecutionPhase.COMPLETED}:  # Whose parts have all been done.
        await _drop_open_parts(connection, job_id)
    return True


@lru_cache(maxsize=64)
def _change_to(target: ExecutionPhase, columns: tuple[str, ...]) -> Together:
    """Make the statements that change a phase, and set these columns, with what goes with it."""
    beside = [event_insert("event"), *([MESSAGES_OF_JOB] if target in _ENDS else [])]
    allowed = sa.or_(*(job.c.phase == source for source in sorted(sources(target))))
    change = (
        sa.update(job)
        .where(job.c.job_id == _JOB_ID, allowed)
        .values(phase=target, version=job.c.version + 1, **_given(columns))
    )
    return Together(*beside, change)


async def begin(
    connection: AsyncConnection, job_id: str, columns: Mapping[str, Any], *, run: bool
) -> ExecutionPhase:
    """Make a job PENDING; with ``run`` QUEUED at once, with the planning part ready to be claimed.

    That the phase changed is in its history alone: nobody has seen the job before.

    Parameters
    ----------
    columns
        Of the job, all but its id, its phase and its parts; its history begins at ``created``.
    """
    pending, queued = ExecutionPhase.PENDING, ExecutionPhase.QUEUED
    at = columns["created"]
    values = {"of_job": job_id, **columns, **event_values("made", "created", at, target=pending)}
    if run:
        values |= event_values("run", "phase", at, source=pending, target=queued)
    await _beginning(tuple(columns), run=run).execute(connection, values)
    return queued if run else pending


@lru_cache(maxsize=8)
def _beginning(columns: tuple[str, ...], *, run: bool) -> Together:
    made = sa.insert(job).values(job_id=_JOB_ID, **_given(columns))
    if not run:
        return Together(made.values(phase=ExecutionPhase.PENDING), event_insert("made"))
    planning = {"number": 0, "state": PartState.READY, "cost_s": 1.0}
    return Together(
        made.values(phase=ExecutionPhase.QUEUED, parts_total=1, parts_left=1),
        event_insert("made", "run"),
        _PART.values(job_id=_JOB_ID, **planning),
    )


def _given(columns: tuple[str, ...]) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(name, type_=job.c[name].type) for name in columns}


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
