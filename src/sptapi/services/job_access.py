"""Jobs as their owners see them: every access goes through an identity."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sptapi.auth.identity import Identity
from sptapi.auth.policy import may_read_job, owns_job
from sptjobs.engine.engine import Engine
from sptjobs.engine.quotas import limits_of
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.audit import Actor, record_once
from sptjobs.store.database import Database
from sptjobs.store.jobs import PackRow, read_job, read_packs
from sptjobs.store.lists import find_same
from sptjobs.uws.errors import AuthorizationError, UnknownJobError
from sptjobs.uws.jobs import Job, JobReference
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.watching.waiting import JobWatch

_VISIT = timedelta(hours=1)
_JOB_ID = re.compile("[0-9a-f]{32}")


async def readable_job(database: Database, identity: Identity, job_id: str) -> Job:
    """Read a job that the identity may see.

    Raises
    ------
    UnknownJobError
        There is no such job, or it is another user's: which of them, is not told.
    """
    if _JOB_ID.fullmatch(job_id) is None:
        raise _unknown(job_id)
    async with database.read() as connection:
        job = await read_job(connection, job_id)
    if job is None or not may_read_job(identity, job):
        raise _unknown(job_id)
    if not owns_job(identity, job):
        await _record_visit(database, identity, job_id)
    return job


async def readable_packs(
    database: Database, identity: Identity, job_id: str
) -> tuple[Job, list[PackRow]]:
    """Read a job that the identity may see, with the packs of its finished parts."""
    job = await readable_job(database, identity, job_id)
    async with database.read() as connection:
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
    if not owns_job(identity, job):
        raise AuthorizationError(f"job {job.job_id} is another user's")
    return job


async def change(
    engine: Engine,
    identity: Identity,
    job_id: str,
    command: Callable[[Engine, str], Awaitable[object]],
) -> None:
    """Carry out a command on a job that the identity may change."""
    await changeable_job(engine.database, identity, job_id)
    await command(engine, job_id)


async def most_targets(engine: Engine, account_id: str) -> int:
    """Find how many targets one job of a user may have."""
    async with engine.database.read() as connection:
        return (await limits_of(connection, engine.settings, account_id)).targets


async def same_job(
    engine: Engine, identity: Identity, request: CutoutRequest, snapshot: str
) -> JobReference | None:
    """Find the user's own job that made the same of the same maps, or is about to."""
    digest = await asyncio.to_thread(request.digest)
    async with engine.database.read() as connection:
        return await find_same(connection, identity.account_id, digest, snapshot)


async def awaited_job(
    watch: JobWatch, job: Job, seconds: float, guard: ExecutionPhase | None
) -> Job:
    """Block until the job's phase changes, at most so many seconds.

    Blocks only in PENDING, QUEUED and EXECUTING, and with a ``guard`` only while
    the phase is that one (UWS 1.1, section 2.2.1.1).

    Raises
    ------
    UnknownJobError
        The job was deleted meanwhile.
    """
    if seconds <= 0 or not job.is_active or guard not in {None, job.phase}:
        return job
    found = await watch.wait(job.job_id, job.phase, seconds)
    if found is None:
        raise _unknown(job.job_id)
    return found


async def _record_visit(database: Database, identity: Identity, job_id: str) -> None:
    """Write down that an administrator looks at another user's job, once an hour."""
    actor = Actor(identity.account_id, identity.name)
    await record_once(database, "job.read", actor, target=job_id, within=_VISIT)


def _unknown(job_id: str) -> UnknownJobError:
    return UnknownJobError(f"there is no job {job_id[:80]}")
