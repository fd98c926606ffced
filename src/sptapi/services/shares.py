"""Sharing jobs: their owners let others read them, see who may, and end it."""

import uuid
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.identity import Identity
from sptapi.services.job_access import changeable_job, opened_job, unknown_job
from sptjobs.engine.transitions import lock
from sptjobs.store.accounts import find_accounts, read_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database, now
from sptjobs.store.lists import JobQuery, find_jobs
from sptjobs.store.shares import (
    JobReader,
    JobShare,
    ShareKind,
    ShareWish,
    delete_share,
    insert_share,
    read_shares,
)
from sptjobs.uws.errors import LimitError, ParameterError, UnknownResultError
from sptjobs.uws.jobs import JobReference

MAX_SHARES: Final = 100
"""Shares of one job; a group is one of them."""


async def shares_of(database: Database, identity: Identity, job_id: str) -> list[JobShare]:
    """List the shares of a job that the identity may see, oldest first."""
    async with opened_job(database, identity, job_id) as (_, connection):
        return await read_shares(connection, job_id)


async def shared_jobs(
    database: Database, identity: Identity, job_query: JobQuery
) -> tuple[list[JobReference], int]:
    """Find jobs of others that are shared with the user by name or group, and how many match."""
    reader = JobReader(identity.account_id, identity.groups)
    async with database.read() as connection:
        return await find_jobs(connection, None, replace(job_query, reader=reader))


async def share_job(
    database: Database, identity: Identity, job_id: str, wish: ShareWish, actor: Actor
) -> JobShare:
    """Let others read a job; doing it again gives the share that is there.

    Raises
    ------
    AuthorizationError
        The identity may see the job, but not change it.
    ParameterError
        No member, or none of the owner's groups, is called like that, or several members are.
    LimitError
        The job has as many shares as one may have.
    """
    await changeable_job(database, identity, job_id)
    async with database.write() as connection:
        if await lock(connection, job_id) is None:
            raise unknown_job(job_id)
        holder = await _holder(connection, identity, wish)
        shares = await read_shares(connection, job_id)
        same = (each for each in shares if (each.kind, each.holder) == (wish.kind, holder.key))
        if (known := next(same, None)) is not None:
            return known
        if len(shares) >= MAX_SHARES:
            message = f"the job has {len(shares)} shares; end one, or share it with a group"
            raise LimitError(message)
        at = await now(connection)
        made = JobShare(uuid.uuid4().hex, job_id, wish.kind, holder.key, holder.name, at)
        await insert_share(connection, made)
        await _record(connection, "job.share", actor, made)
    return made


async def end_share(
    database: Database, identity: Identity, job_id: str, share_id: str, actor: Actor
) -> None:
    """End a share of a job: streams of those who may no longer read it end within 5 s.

    Raises
    ------
    AuthorizationError
        The identity may see the job, but not change it.
    UnknownResultError
        The job has no such share.
    """
    await changeable_job(database, identity, job_id)
    async with database.write() as connection:
        # Nobody does as a reader what ends after the share.
        await lock(connection, job_id)
        shares = {share.share_id: share for share in await read_shares(connection, job_id)}
        if share_id not in shares:
            raise UnknownResultError(f"job {job_id} has no share {share_id[:80]}")
        await delete_share(connection, share_id)
        await _record(connection, "job.unshare", actor, shares[share_id])


async def _record(connection: AsyncConnection, action: str, actor: Actor, share: JobShare) -> None:
    detail = f"{share.kind} {share.holder}".strip()
    await record_audit(connection, action, actor, target=share.job_id, detail=detail)


@dataclass(frozen=True, slots=True)
class _Holder:
    key: str
    name: str


async def _holder(connection: AsyncConnection, identity: Identity, wish: ShareWish) -> _Holder:
    """Find out who holds a share: an account, or a group that the owner is in."""
    match wish.kind:
        case ShareKind.LINK:
            return _Holder("", "")
        case ShareKind.GROUP:
            return _own_group(identity, wish.name)
        case ShareKind.MEMBER:
            return await _other_account(connection, identity, wish.name)


def _own_group(identity: Identity, name: str) -> _Holder:
    if name not in identity.groups:
        groups = ", ".join(identity.groups)
        message = f"must be one of the groups that you are in ({groups})"
        raise ParameterError(message, field="NAME", value=name)
    return _Holder(name, name)


async def _other_account(connection: AsyncConnection, identity: Identity, name: str) -> _Holder:
    found = await find_accounts(connection, name)
    if not found:
        message = "nobody of this name has signed in yet; check it, or share by a link"
        raise ParameterError(message, field="NAME", value=name)
    if len(found) > 1:
        message = (
            f"{len(found)} accounts have this name; take the id that /api/v1/account shows them"
        )
        raise ParameterError(message, field="NAME", value=name)
    if found[0] == identity.account_id:
        raise ParameterError("the job is your own", field="NAME", value=name)
    account = await read_account(connection, found[0])
    assert account is not None, "accounts are never deleted"
    return _Holder(account.account_id, account.name)
