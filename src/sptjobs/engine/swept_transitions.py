"""Transitions that nobody asks for: which jobs they are due for, and making one of them.

The sweep finds the jobs and an actor of the transition's name makes it. Whether it is still
due is looked at again with the job locked: a message may come late, or twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.engine.back_pressure import parts_left, queue_shortage
from sptjobs.engine.engine import Engine
from sptjobs.engine.quotas import check_limits, limits_of, usage_of
from sptjobs.store.database import now
from sptjobs.store.jobs import record_event
from sptjobs.store.schema import job, part
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.parts import OPEN, PartState
from sptjobs.uws.phases import FINAL, RUNNABLE, SWEPT, ExecutionPhase

_DESTROYED: Final = "destruction time reached"


@dataclass(frozen=True, slots=True)
class SweptTransition:
    """How a transition is found, and made.

    Attributes
    ----------
    candidates
        Select jobs, with what ``reason`` looks at, at a time of the database's clock.
    reason
        Why the transition is due for one of them at that time; None when it is not.
    make
        Make it, with the job locked; False when the phase did not allow it.
    """

    candidates: Callable[[datetime], sa.Select[Any]]
    reason: Callable[[Any, datetime], str | None]
    make: Callable[[Engine, AsyncConnection, Any, str], Awaitable[bool]]


async def find_due(engine: Engine, name: str) -> list[str]:
    """Find the jobs for which a transition is due.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    swept = SWEPT_TRANSITIONS[name]
    async with engine.database.read() as connection:
        clock = await now(connection)
        rows = (await connection.execute(swept.candidates(clock))).all()
        due = [row for row in rows if swept.reason(row, clock) is not None]
        if SWEPT[name] is ExecutionPhase.QUEUED:
            due = await _with_room(engine, connection, due)
    return [row.job_id for row in due]


async def make_due(engine: Engine, name: str, job_id: str) -> str:
    """Make a transition if it is due for a job, and say what was done.

    Raises
    ------
    LimitError
        A held job's owner has no room for it any more.
    UnavailableError
        The database does not respond.
    """
    swept = SWEPT_TRANSITIONS[name]
    async with engine.database.write() as connection:
        phase = await transitions.lock(connection, job_id)
        clock = await now(connection)
        query = swept.candidates(clock).where(job.c.job_id == job_id)
        row = (await connection.execute(query)).one_or_none()
        reason = None if row is None else swept.reason(row, clock)
        if reason is None or not await swept.make(engine, connection, row, reason):
            return f"nothing to do: the job is {phase or 'gone'}"
    engine.wakeups.changed(job_id)
    if SWEPT[name] is ExecutionPhase.QUEUED:
        engine.wakeups.ready(job_id, 1, actor="execute")
    return f"{SWEPT[name]}: {reason}"


def _held(clock: datetime) -> sa.Select[Any]:
    """HELD jobs, the oldest first; those whose destruction has come are aborted instead."""
    kept = sa.or_(job.c.destruction.is_(None), job.c.destruction > clock)
    query = sa.select(job.c.job_id, job.c.owner_id)
    return query.where(job.c.phase == ExecutionPhase.HELD, kept).order_by(job.c.created)


async def _with_room(engine: Engine, connection: AsyncConnection, rows: list[Any]) -> list[Any]:
    """Keep the held jobs that may be queued now: the queue and their owners have room for them."""
    if not rows or queue_shortage(await parts_left(connection), engine.settings) is not None:
        return []
    room: dict[str, int] = {}
    fitting = []
    for row in rows:
        if row.owner_id not in room:
            limits = await limits_of(connection, engine.settings, row.owner_id)
            used = (await usage_of(connection, row.owner_id)).active_jobs
            room[row.owner_id] = limits.active_jobs - used
        if room[row.owner_id] > 0:
            room[row.owner_id] -= 1
            fitting.append(row)
    return fitting


async def _queue(engine: Engine, connection: AsyncConnection, row: Any, _reason: str) -> bool:
    if not await transitions.queue(connection, row.job_id):
        return False
    limits = await limits_of(connection, engine.settings, row.owner_id)
    await check_limits(connection, limits, row.owner_id, run=True)
    return True


def _parts(*states: PartState) -> sa.Exists:
    return sa.exists().where(part.c.job_id == job.c.job_id, part.c.state.in_(sorted(states)))


def _without_open_parts(_clock: datetime) -> sa.Select[Any]:
    """Jobs that nobody will work on any more, with whether all their parts are done.

    None should exist: the last part ends its job.
    """
    done = sa.and_(_parts(PartState.DONE), ~_parts(PartState.DROPPED))
    query = sa.select(job.c.job_id, job.c.phase, done.label("done"))
    return query.where(job.c.phase.in_(sorted(RUNNABLE)), ~_parts(*OPEN))


def _is_done(row: Any) -> bool:
    return bool(row.done) and row.phase == ExecutionPhase.EXECUTING


async def _complete(_engine: Engine, connection: AsyncConnection, row: Any, reason: str) -> bool:
    await record_event(connection, row.job_id, "repaired", detail=reason)
    return await transitions.complete(connection, row.job_id)


async def _fail(_engine: Engine, connection: AsyncConnection, row: Any, reason: str) -> bool:
    await record_event(connection, row.job_id, "repaired", detail=reason)
    message = "the job cannot go on: parts of it are lost; submit it again"
    return await transitions.fail(connection, row.job_id, ErrorSummary("Error", message))


def _unfinished(clock: datetime) -> sa.Select[Any]:
    """Jobs that execute under a time limit, or that have not ended at their destruction."""
    open_phases = sorted(set(ExecutionPhase) - FINAL)
    limited = sa.and_(job.c.phase == ExecutionPhase.EXECUTING, job.c.execution_duration > 0)
    expired = sa.and_(job.c.phase.in_(open_phases), job.c.destruction <= clock)
    columns = (job.c.phase, job.c.started, job.c.execution_duration, job.c.destruction)
    return sa.select(job.c.job_id, *columns).where(sa.or_(limited, expired))


def _abort_reason(row: Any, clock: datetime) -> str | None:
    """Say which time is over (UWS 1.1, sections 2.1.5 and 2.1.6)."""
    seconds = row.execution_duration
    is_limited = row.phase == ExecutionPhase.EXECUTING and seconds > 0 and row.started is not None
    if is_limited and clock - row.started > timedelta(seconds=seconds):
        return f"execution duration of {seconds} s exceeded"
    if row.destruction is not None and row.destruction <= clock:
        return _DESTROYED
    return None


async def _abort(_engine: Engine, connection: AsyncConnection, row: Any, reason: str) -> bool:
    return await transitions.abort(connection, row.job_id, reason)


def _expired(clock: datetime) -> sa.Select[Any]:
    """Ended jobs whose destruction time has come.

    Naming the phases lets an index skip the archived ones, whose times have all come and of
    which there are ever more.
    """
    ended = sorted(FINAL - {ExecutionPhase.ARCHIVED})
    query = sa.select(job.c.job_id, job.c.destruction)
    return query.where(job.c.phase.in_(ended), job.c.destruction <= clock)


async def _archive(_engine: Engine, connection: AsyncConnection, row: Any, reason: str) -> bool:
    return await transitions.archive(connection, row.job_id, reason)


SWEPT_TRANSITIONS: Final[Mapping[str, SweptTransition]] = MappingProxyType(
    {
        "queue": SweptTransition(_held, lambda _row, _clock: "there is room for it", _queue),
        "complete": SweptTransition(
            _without_open_parts,
            lambda row, _clock: "no part was left open" if _is_done(row) else None,
            _complete,
        ),
        "fail": SweptTransition(
            _without_open_parts,
            lambda row, _clock: None if _is_done(row) else "no part was left, and not all are done",
            _fail,
        ),
        "abort": SweptTransition(_unfinished, _abort_reason, _abort),
        "archive": SweptTransition(_expired, lambda _row, _clock: _DESTROYED, _archive),
    }
)
"""By the names of ``sptjobs.uws.phases.SWEPT``."""

if SWEPT_TRANSITIONS.keys() != SWEPT.keys():
    raise ImportError(f"transitions found: {set(SWEPT_TRANSITIONS)}, to be found: {set(SWEPT)}")
