"""What the operators' pages show of everybody's jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sptapi.auth.identity import Identity
from sptapi.services.job_access import opened_job
from sptjobs.store.audit import Actor, record_once
from sptjobs.store.database import Database
from sptjobs.store.jobs import read_events
from sptjobs.store.lists import JobQuery, find_jobs
from sptjobs.store.parts import PartRow, count_parts, noted_parts
from sptjobs.uws.jobs import Job, JobEvent, JobReference

_MAX_PARTS: Final = 50
_VISIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JobHistory:
    """A job with how many parts it has in which state, the notable ones, and what happened."""

    job: Job
    parts: Mapping[str, int]
    noted: Sequence[PartRow]
    events: Sequence[JobEvent]


async def jobs_of_all(
    database: Database, actor: Actor, job_query: JobQuery
) -> tuple[list[JobReference], int]:
    """Find jobs of everybody; who looks is recorded, once an hour."""
    async with database.read() as connection:
        found = await find_jobs(connection, None, job_query)
    await record_once(database, "jobs.list", actor, target="jobs", within=_VISIT)
    return found


async def job_history(database: Database, identity: Identity, job_id: str) -> JobHistory:
    """Read a job that the identity may see, with its history."""
    async with opened_job(database, identity, job_id) as (job, connection):
        return JobHistory(
            job,
            await count_parts(connection, job_id),
            await noted_parts(connection, job_id, _MAX_PARTS),
            await read_events(connection, job_id),
        )
