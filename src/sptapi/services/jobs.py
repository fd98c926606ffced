"""The job list and one job, each read in one transaction."""

from dataclasses import dataclass

from sptapi.auth.identity import Identity
from sptapi.services.job_access import changeable_job, check_owner, opened_job, unknown_job
from sptapi.services.job_states import JobState, JobStates
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import run_job
from sptjobs.engine.quotas import limits_of, owned_limits
from sptjobs.request.completeness import what_is_missing
from sptjobs.request.vocabulary import canonical_name
from sptjobs.settings import Limits
from sptjobs.store.database import Database
from sptjobs.store.jobs import read_parameters
from sptjobs.store.lists import JobQuery, find_jobs, find_same
from sptjobs.uws.jobs import Job, JobReference, Parameters
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.watching.waiting import JobWatch


@dataclass(frozen=True, slots=True)
class ChangeableRequest:
    """A job's parameters in full, and what its owner may put in their place."""

    job: Job
    parameters: Parameters
    limits: Limits


async def own_jobs(
    database: Database, identity: Identity, job_query: JobQuery
) -> tuple[list[JobReference], int]:
    """Find the user's own jobs, and how many match in all."""
    async with database.read() as connection:
        return await find_jobs(connection, identity.account_id, job_query)


async def awaited_state(
    states: JobStates,
    watch: JobWatch,
    identity: Identity,
    job_id: str,
    *,
    seconds: float,
    guard: ExecutionPhase | None,
) -> JobState:
    """Read a job once its phase has changed, or after so many seconds at most.

    Blocks only in PENDING, QUEUED and EXECUTING, and with a ``guard`` only while
    the phase is that one (UWS 1.1, section 2.2.1.1).

    Raises
    ------
    UnknownJobError
        The job was deleted meanwhile.
    """
    state = await states.read(identity, job_id)
    job = state.job
    if seconds <= 0 or not job.is_active or guard not in {None, job.phase}:
        return state
    if await watch.wait(job_id, job.phase, seconds) is None:
        raise unknown_job(job_id)
    return await states.read(identity, job_id)


async def parameter_values(database: Database, identity: Identity, job_id: str) -> Parameters:
    """Read the parameters of a job that the identity may see, in full."""
    async with opened_job(database, identity, job_id) as (_, connection):
        return await read_parameters(connection, job_id)


async def changeable_request(engine: Engine, identity: Identity, job_id: str) -> ChangeableRequest:
    """Read the parameters of a job that the identity may change.

    Raises
    ------
    AuthorizationError
        It may see the job, but not change it.
    """
    async with opened_job(engine.database, identity, job_id) as (job, connection):
        found = ChangeableRequest(
            job,
            await read_parameters(connection, job_id),
            await limits_of(connection, engine.settings, job.owner_id),
        )
    check_owner(identity, job)
    return found


async def run_own_job(engine: Engine, identity: Identity, job_id: str) -> None:
    """Run a job that the identity may change.

    Raises
    ------
    ParameterError
        It has no targets yet: names what is missing. Whoever may add it cannot take it away
        again, so that what is found here still holds as the job is queued.
    """
    job = await changeable_job(engine.database, identity, job_id)
    missing = what_is_missing({canonical_name(name) for name, _ in job.parameters})
    if job.phase is ExecutionPhase.PENDING and missing is not None:
        raise missing
    await run_job(engine, job_id)


async def owner_limits(engine: Engine, account_id: str) -> Limits:
    """Read what a user may have."""
    return await owned_limits(engine.database, engine.settings, account_id)


async def same_job(
    engine: Engine, identity: Identity, digest: str, snapshot: str
) -> JobReference | None:
    """Find the user's own job that made the same of the same maps, or is about to.

    Parameters
    ----------
    digest
        Of the request.
    """
    async with engine.database.read() as connection:
        return await find_same(connection, identity.account_id, digest, snapshot)
