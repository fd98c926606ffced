"""Claiming the fairest ready part, and giving one back.

A claim is the pair of part and attempt: whoever holds an older attempt than the
row's has lost the part, whatever it still does.
"""

import logging
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.store.clock import Clock
from sptjobs.store.database import Database
from sptjobs.store.jobs import record_event
from sptjobs.store.prebuilt import Prebuilt
from sptjobs.store.schema import job, pack, part
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.parts import Lane, PartState
from sptjobs.uws.phases import RUNNABLE, ExecutionPhase

MAX_STRIKES = 3
"""Deaths of the cutting child after which a part is given up."""

MAX_LOSSES = 10
"""Vanished workers after which a part is given up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A part that this process may cut, as long as the row bears this attempt.

    Attributes
    ----------
    cost_s
        Estimated seconds of work.
    plan_folder
        Pack of part 0 relative to the results folder, for every other part.
    condemned
        Why the part is given up; its pairs are then recorded as failed.
    strikes
        Deaths of its child so far.
    """

    job_id: str
    number: int
    attempt: int
    cost_s: float
    plan_folder: str | None
    condemned: str | None
    strikes: int

    @property
    def is_last_try(self) -> bool:
        """Whether one more death of the child gives the part up."""
        return self.strikes + 1 >= MAX_STRIKES

    @property
    def key(self) -> tuple[str, int, int]:
        """Job, part and attempt."""
        return (self.job_id, self.number, self.attempt)


async def claim(database: Database, worker: str, *, reserved: bool) -> Claim | None:
    """Take the fairest ready part, None when none is ready.

    Fairest is a part of the owner with the fewest running parts, then of the
    oldest job. The reserved slot takes parts of small jobs only.

    Parameters
    ----------
    worker
        Name of the process that takes it.
    reserved
        Whether it is for the reserved slot.
    """
    async with database.write_briefly() as connection:
        fairest = _FAIREST_RESERVED if reserved else _FAIREST
        found = (await connection.execute(fairest)).one_or_none()
        if found is None:
            return None
        values = {"of_job": found.job_id, "by": worker}
        row = (await connection.execute(_TAKEN, values)).one_or_none()
        if row is None:
            return None
        if found.phase == ExecutionPhase.QUEUED:
            await transitions.execute(connection, found.job_id, ExecutionPhase.QUEUED, row.at)
        return await _claim_of(connection, found.job_id, row)


async def may_claim(database: Database, *, reserved: bool) -> bool:
    """Tell whether a part is ready, without the lock that all who write wait for.

    Somebody else may take it first, and another be ready at once.
    """
    of_lane = _READY_RESERVED if reserved else _READY
    return bool(await of_lane.fetch(database, {}))


async def give_back(
    database: Database,
    key: tuple[str, int, int],
    reason: str,
    *,
    blame: Literal["nobody", "child", "worker"],
) -> bool:
    """Make a running part ready again, if it still bears this attempt.

    Parameters
    ----------
    key
        Job, part and attempt.
    reason
        For the history, and for the manifest should the part be given up.
    blame
        ``child`` counts a strike, ``worker`` a loss; too many give the part up:
        the planning part takes its job to ERROR, another's pairs are recorded as
        failed and the job goes on.

    Returns
    -------
    bool
        Whether the part was still this attempt's.
    """
    job_id, number, attempt = key
    async with database.write() as connection:
        phase = await transitions.lock(connection, job_id)
        row = await _running(connection, key)
        if phase is None or row is None:
            return False
        strikes = row.strikes + (blame == "child")
        losses = row.losses + (blame == "worker")
        given_up = strikes >= MAX_STRIKES or losses >= MAX_LOSSES
        _log.warning("part %s of job %s, attempt %d: %s", number, job_id, attempt, reason)
        await record_event(connection, job_id, "part-given-back", detail=f"part {number}: {reason}")
        values = {"state": PartState.READY, "strikes": strikes, "losses": losses, "pairs_done": 0}
        if given_up:
            values["condemned"] = f"given up after {strikes or losses} attempts: {reason}"
        await _set(connection, key, values)
        if given_up and number == 0:
            message = f"the job could not be planned: {reason}"
            await transitions.fail(connection, job_id, ErrorSummary("Error", message))
        return True


async def condemn(database: Database, key: tuple[str, int, int], error: ErrorSummary) -> None:
    """Give a part up at once: trying again would end in the same way."""
    job_id, number, _ = key
    async with database.write() as connection:
        phase = await transitions.lock(connection, job_id)
        row = await _running(connection, key)
        if phase is None or row is None:
            return
        await record_event(
            connection, job_id, "part-given-up", detail=f"part {number}: {error.message}"
        )
        if number == 0 or row.condemned is not None:
            await transitions.fail(connection, job_id, error)
        else:
            values = {"state": PartState.READY, "condemned": error.message, "pairs_done": 0}
            await _set(connection, key, values)


def ready_parts() -> sa.Select[Any]:
    """Select the ready parts of jobs that may be worked on."""
    return (
        sa.select(part.c.job_id, part.c.number)
        .join(job, job.c.job_id == part.c.job_id)
        .where(part.c.state == PartState.READY, job.c.phase.in_(sorted(RUNNABLE)))
    )


def _runnable() -> sa.ColumnElement[bool]:
    """Match jobs to work on; a list of values would be written out anew each time."""
    return sa.or_(*(job.c.phase == phase for phase in sorted(RUNNABLE)))


def _fairest_job(*, reserved: bool) -> sa.Select[Any]:
    """Select and lock the job to take a part of, passing over locked ones."""
    running = (
        sa.select(job.c.owner_id, sa.func.count().label("parts"))
        .join(part, part.c.job_id == job.c.job_id)
        .where(part.c.state == PartState.RUNNING)
        .group_by(job.c.owner_id)
        .cte("running")
        # Counted once: without statistics PostgreSQL counts anew for every job that waits.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    has_ready = sa.exists().where(part.c.job_id == job.c.job_id, part.c.state == PartState.READY)
    query = (
        sa.select(job.c.job_id, job.c.phase)
        .outerjoin(running, running.c.owner_id == job.c.owner_id)
        .where(_runnable(), has_ready)
        .order_by(sa.func.coalesce(running.c.parts, 0), job.c.created, job.c.job_id)
        .limit(1)
        .with_for_update(of=job, skip_locked=True)
    )
    return query.where(job.c.lane == Lane.RESERVED) if reserved else query


def _take_first() -> sa.Update:
    """Take a job's first ready part: the job's lock is held, so that nobody else takes it."""
    of_job: sa.BindParameter[str] = sa.bindparam("of_job")
    ready = part.alias()
    first = (
        sa.select(sa.func.min(ready.c.number))
        .where(ready.c.job_id == of_job, ready.c.state == PartState.READY)
        .scalar_subquery()
    )
    known = (part.c.number, part.c.attempt, part.c.cost_s, part.c.condemned, part.c.strikes)
    return (
        sa.update(part)
        .where(part.c.job_id == of_job, part.c.number == first)
        .values(state=PartState.RUNNING, worker=sa.bindparam("by"), pairs_done=0)
        .values(attempt=part.c.attempt + 1)
        .returning(*known, Clock().label("at"))
    )


def _any_ready(*, reserved: bool) -> Prebuilt:
    """Select one of the ready parts, if there is any."""
    query = (
        sa.select(part.c.number)
        .join(job, job.c.job_id == part.c.job_id)
        .where(part.c.state == PartState.READY, _runnable())
        .limit(sa.literal_column("1"))
    )
    return Prebuilt(query.where(job.c.lane == Lane.RESERVED) if reserved else query, lambda _: True)


_FAIREST, _FAIREST_RESERVED = _fairest_job(reserved=False), _fairest_job(reserved=True)
"""Made once, because making a statement takes longer than running it."""
_TAKEN = _take_first()
_READY, _READY_RESERVED = _any_ready(reserved=False), _any_ready(reserved=True)


async def _claim_of(connection: AsyncConnection, job_id: str, row: Any) -> Claim:
    return Claim(
        job_id,
        row.number,
        row.attempt,
        cost_s=row.cost_s,
        plan_folder=await _plan_folder(connection, job_id) if row.number else None,
        condemned=row.condemned,
        strikes=row.strikes,
    )


async def _plan_folder(connection: AsyncConnection, job_id: str) -> str | None:
    folder: str | None = await connection.scalar(
        sa.select(pack.c.folder).where(pack.c.job_id == job_id, pack.c.part == 0)
    )
    return folder


async def _running(connection: AsyncConnection, key: tuple[str, int, int]) -> Any:
    query = sa.select(part.c.strikes, part.c.losses, part.c.condemned).where(*is_held(key))
    return (await connection.execute(query)).one_or_none()


async def _set(
    connection: AsyncConnection, key: tuple[str, int, int], values: dict[str, Any]
) -> None:
    await connection.execute(sa.update(part).where(*is_held(key)).values(**values))


def is_held(
    key: tuple[str, int, int] | tuple[sa.BindParameter[Any], ...],
) -> tuple[sa.ColumnElement[bool], ...]:
    """Make the fence: this part, running, with this very attempt; or one of any part."""
    job_id, number, attempt = key
    return (
        part.c.job_id == job_id,
        part.c.number == number,
        part.c.attempt == attempt,
        part.c.state == PartState.RUNNING,
    )
