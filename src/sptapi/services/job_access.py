"""Jobs as their owners and readers see them: every access goes through an identity."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.identity import Identity
from sptapi.auth.policy import may_read_job, owns_job
from sptapi.auth.session_gate import check_signed_in
from sptjobs.engine.engine import Engine
from sptjobs.store.audit import Actor, record_once
from sptjobs.store.database import Database
from sptjobs.store.jobs import PackRow, read_job, read_packs
from sptjobs.store.shares import Audience, read_audiences
from sptjobs.uws.errors import AuthorizationError, UnknownJobError
from sptjobs.uws.jobs import Job

_VISIT = timedelta(hours=1)
_JOB_ID = re.compile("[0-9a-f]{32}")


@asynccontextmanager
async def opened_job(
    database: Database, identity: Identity, job_id: str
) -> AsyncIterator[tuple[Job, AsyncConnection]]:
    """Read a job that the identity may see, and give the transaction for what belongs to it.

    Raises
    ------
    UnknownJobError
        There is no such job, or it is another user's: which of them, is not revealed.
    SessionOverError
        The session of who asks has ended.
    """
    check_job_id(job_id)
    async with database.read() as connection:
        await check_signed_in(connection, identity)
        job = await read_job(connection, job_id)
        if job is None or not await _is_readable(connection, identity, job):
            raise unknown_job(job_id)
        yield job, connection
    await record_foreign_visit(database, identity, job)


async def _is_readable(connection: AsyncConnection, identity: Identity, job: Job) -> bool:
    """Whether the identity may see a job; of the user's own, no share is looked for."""
    if may_read_job(identity, Audience(job.owner_id)):
        return True
    shared = (await read_audiences(connection, [job.job_id])).get(job.job_id)
    return shared is not None and may_read_job(identity, shared)


def check_job_id(job_id: str) -> None:
    """Refuse what no job can be called."""
    if _JOB_ID.fullmatch(job_id) is None:
        raise unknown_job(job_id)


async def record_foreign_visit(database: Database, identity: Identity, job: Job) -> None:
    """Write down that an administrator looks at another user's job, once an hour."""
    if identity.is_admin and not owns_job(identity, job):
        actor = Actor(identity.account_id, identity.name)
        await record_once(database, "job.read", actor, target=job.job_id, within=_VISIT)


async def readable_job(database: Database, identity: Identity, job_id: str) -> Job:
    """Read a job that the identity may see.

    Raises
    ------
    UnknownJobError
        There is no such job that it may see.
    """
    async with opened_job(database, identity, job_id) as (job, _):
        return job


async def readable_packs(
    database: Database, identity: Identity, job_id: str
) -> tuple[Job, list[PackRow]]:
    """Read a job that the identity may see, with the packs of its finished parts."""
    async with opened_job(database, identity, job_id) as (job, connection):
        return job, await read_packs(connection, job_id)


async def changeable_job(database: Database, identity: Identity, job_id: str) -> Job:
    """Read a job that the identity may change.

    Raises
    ------
    UnknownJobError
        There is no such job that it may see.
    AuthorizationError
        It may see the job, but not change it.
    """
    job = await readable_job(database, identity, job_id)
    check_owner(identity, job)
    return job


def check_owner(identity: Identity, job: Job) -> None:
    """Refuse to change a job that is another user's."""
    if not owns_job(identity, job):
        raise AuthorizationError(f"job {job.job_id} is another user's")


async def change_own_job(
    engine: Engine,
    identity: Identity,
    job_id: str,
    command: Callable[[Engine, str], Awaitable[object]],
) -> None:
    """Carry out a command on a job that the identity may change."""
    await changeable_job(engine.database, identity, job_id)
    await command(engine, job_id)


def unknown_job(job_id: str) -> UnknownJobError:
    """Make the error for a job that is not there, or not for the eyes of who asks."""
    return UnknownJobError(f"there is no job {job_id[:80]}")
