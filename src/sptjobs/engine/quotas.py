"""What one user may have at a time: active jobs, jobs not run, results on disk.

A limit of jobs is looked at in the transaction that would exceed it, after the change and
with the owner's account locked: requests that race pass it one by one, and the one
that goes over it is rolled back.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.settings import Limits, Settings
from sptjobs.store.accounts import lock_account
from sptjobs.store.database import Database
from sptjobs.store.schema import account_group, job
from sptjobs.uws.errors import ActiveLimitError, LimitError
from sptjobs.uws.phases import ExecutionPhase

_Phases = tuple[ExecutionPhase, ...]

_WAITING: _Phases = (ExecutionPhase.PENDING, ExecutionPhase.HELD)
_AT_WORK: _Phases = (ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING, ExecutionPhase.SUSPENDED)

_COUNTS = {
    phases: sa.select(sa.func.count()).where(
        job.c.owner_id == sa.bindparam("owner_id"),
        sa.or_(*(job.c.phase == phase for phase in phases)),
    )
    for phases in (_WAITING, _AT_WORK)
}
"""Made once, because making a statement takes longer than running it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user has of what is limited; as in ``Limits``."""

    active_jobs: int
    pending_jobs: int
    stored_bytes: int


async def check_limits(
    connection: AsyncConnection, limits: Limits, owner_id: str, *, run: bool
) -> None:
    """Refuse a job that this transaction has just made, or queued.

    Whoever has locked the account already calls ``check_locked``.

    Parameters
    ----------
    limits
        What the owner may have, as ``limits_of`` reads it.
    run
        Whether the job was queued; otherwise it was made PENDING.

    Raises
    ------
    ActiveLimitError
        The owner has too many jobs at work.
    LimitError
        The owner has too many jobs that are not run.
    """
    await lock_account(connection, owner_id)
    await check_locked(connection, limits, owner_id, run=run)


async def check_locked(
    connection: AsyncConnection, limits: Limits, owner_id: str, *, run: bool
) -> None:
    """Do the same for whoever holds the lock of the account."""
    if run:
        await _check_active(connection, owner_id, limits.active_jobs)
    else:
        await _check_pending(connection, owner_id, limits.pending_jobs)


def check_stored(stored: int, limits: Limits) -> None:
    """Refuse new work of a user whose results fill what they may store.

    Jobs under way may still grow over it: what was accepted is never broken off.

    Making or queueing a job stores nothing, so nothing is won by looking at this in
    the transaction that does it, which other writers wait for.

    Parameters
    ----------
    stored
        What they take on disk [byte].

    Raises
    ------
    LimitError
        The user has too much on disk.
    """
    limit = limits.stored_bytes
    if stored >= limit:
        raise LimitError(
            f"stored bytes: the results of your jobs take {stored}, the limit is {limit}; "
            "delete jobs that you no longer need",
            limit="stored-bytes",
        )


async def limits_of(connection: AsyncConnection, settings: Settings, account_id: str) -> Limits:
    """Find what a user may have: the most that one of the groups with own limits gives.

    Who is in none of them has the limits for everybody.
    """
    if not settings.group_limits:
        return settings.limits
    groups = sa.select(account_group.c.name).where(account_group.c.account_id == account_id)
    names = set((await connection.execute(groups)).scalars())
    given = [limits for group, limits in settings.group_limits if group in names]
    if not given:
        return settings.limits
    return Limits(
        active_jobs=max(limits.active_jobs for limits in given),
        pending_jobs=max(limits.pending_jobs for limits in given),
        stored_bytes=max(limits.stored_bytes for limits in given),
        targets=max(limits.targets for limits in given),
    )


async def owned_limits(database: Database, settings: Settings, account_id: str) -> Limits:
    """Find the same, in a transaction of its own where the database has to be asked."""
    if not settings.group_limits:
        return settings.limits
    async with database.read() as connection:
        return await limits_of(connection, settings, account_id)


async def stored_bytes(connection: AsyncConnection, account_id: str) -> int:
    """Add up what the packs of a user's jobs take on disk.

    What was deleted or archived does not count any more: it is swept within seconds.
    """
    taken = sa.func.coalesce(sa.func.sum(job.c.disk_bytes), 0)
    query = sa.select(taken).where(job.c.owner_id == account_id)
    return int((await connection.execute(query)).scalar_one())


async def usage_of(connection: AsyncConnection, account_id: str) -> Usage:
    """Count what a user has now, of what is limited."""
    return Usage(
        active_jobs=await _count(connection, account_id, _AT_WORK),
        pending_jobs=await _count(connection, account_id, _WAITING),
        stored_bytes=await stored_bytes(connection, account_id),
    )


async def _check_active(connection: AsyncConnection, owner_id: str, limit: int) -> None:
    others = await _count(connection, owner_id, _AT_WORK) - 1
    if others >= limit:
        raise ActiveLimitError(
            f"active jobs: {others} of yours are queued or executing, the limit is {limit}; "
            "wait until one ends, or abort one",
            limit="active-jobs",
        )


async def _check_pending(connection: AsyncConnection, owner_id: str, limit: int) -> None:
    others = await _count(connection, owner_id, _WAITING) - 1
    if others >= limit:
        raise LimitError(
            f"pending jobs: {others} of yours are not run yet, the limit is {limit}; "
            "run or delete one",
            limit="pending-jobs",
        )


async def _count(connection: AsyncConnection, owner_id: str, phases: _Phases) -> int:
    query = _COUNTS[phases]
    return int((await connection.execute(query, {"owner_id": owner_id})).scalar_one())
