"""Lists of jobs: by page, sorted and filtered over everything that a user has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import account, job, part
from sptjobs.store.shares import JobReader, is_shared_with
from sptjobs.uws.jobs import JobReference, Outcomes, Progress
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

SORTS: Mapping[str, sa.ColumnElement[Any]] = MappingProxyType(
    {
        "created": job.c.created,
        "phase": job.c.phase,
        "runid": sa.func.lower(sa.func.coalesce(job.c.run_id, "")),
        "size": job.c.disk_bytes,
        "destruction": job.c.destruction,
    }
)
"""What a list can be sorted by."""

DEFAULT_JOBS = 1000
"""How many jobs a list gives where nothing is said of it."""

_WITH_FILES = (ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING, ExecutionPhase.COMPLETED)


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs of a list, and in which order.

    Attributes
    ----------
    phases
        Only these; with none, all but ARCHIVED ones.
    after
        Only jobs created strictly later.
    text
        A part of the run id, in any case, or the beginning of the job id.
    owner
        Name or account id of the owner, letter by letter; "" is everybody's.
    reader
        Only jobs of others that are shared with this one; with everybody's jobs only.
    sort, descending
        A key of ``SORTS``, and whether the largest come first. Equals are sorted
        from new to old.
    offset, limit
        Jobs to pass over, and the maximum of jobs to give.
    """

    phases: frozenset[ExecutionPhase] = frozenset()
    after: datetime | None = None
    text: str = ""
    owner: str = ""
    reader: JobReader | None = None
    sort: str = "created"
    descending: bool = True
    offset: int = 0
    limit: int = DEFAULT_JOBS


async def find_jobs(
    connection: AsyncConnection, owner_id: str | None, job_query: JobQuery | None = None
) -> tuple[list[JobReference], int]:
    """List jobs, newest first by default, and count all that match.

    Parameters
    ----------
    owner_id
        Only this account's jobs; everybody's when None.

    References
    ----------
    UWS 1.1, section 2.2.2.1 "Job list".
    """
    job_query = job_query or JobQuery()
    matching = _matching(owner_id, job_query)
    key = SORTS[job_query.sort]
    query = (
        _references()
        .where(*matching)
        .order_by(key.desc() if job_query.descending else key.asc())
        .order_by(job.c.created.desc(), job.c.job_id)
        .offset(job_query.offset)
        .limit(job_query.limit)
    )
    found: list[JobReference] = []
    # In batches, between which others have their turn: rows are read on the event loop.
    async with connection.stream(query) as rows:
        async for batch in rows.partitions(_READ_AT_ONCE):
            found += map(_reference, batch)
    if len(found) < job_query.limit and not job_query.offset:
        return found, len(found)
    total = sa.select(sa.func.count()).select_from(job).where(*matching)
    return found, int((await connection.execute(total)).scalar_one())


async def find_same(
    connection: AsyncConnection, owner_id: str, digest: str, snapshot: str
) -> JobReference | None:
    """Find the owner's newest job of a request that makes, or has, its files.

    Parameters
    ----------
    digest
        Of the request.
    snapshot
        Of the archive: a job that was planned on another one may have other files.
        One that waits to be planned will be planned on the newest.
    """
    query = (
        _references()
        .where(
            job.c.owner_id == owner_id,
            job.c.request_digest == digest,
            job.c.phase.in_(_WITH_FILES),
            sa.or_(job.c.snapshot == snapshot, job.c.snapshot.is_(None)),
        )
        .order_by(job.c.created.desc(), job.c.job_id)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _reference(row)


async def read_references(
    connection: AsyncConnection,
    *,
    job_ids: Iterable[str] = (),
    owner_ids: Iterable[str] = (),
    phases: Iterable[ExecutionPhase] = (),
) -> list[JobReference]:
    """Read how some jobs stand: these, or those of these accounts in these phases."""
    found: list[JobReference] = []
    for column, values in ((job.c.job_id, sorted(job_ids)), (job.c.owner_id, sorted(owner_ids))):
        for batch in (values[at : at + _BATCH] for at in range(0, len(values), _BATCH)):
            query = _references().where(column.in_(batch))
            if column is job.c.owner_id:
                query = query.where(job.c.phase.in_(sorted(phases)))
            found += [_reference(row) for row in await connection.execute(query)]
    return found


async def read_phases(
    connection: AsyncConnection, job_ids: Iterable[str]
) -> dict[str, ExecutionPhase]:
    """Read the phases of some jobs; those that are gone have none."""
    found: dict[str, ExecutionPhase] = {}
    ids = sorted(job_ids)
    for batch in (ids[at : at + _LARGE_BATCH] for at in range(0, len(ids), _LARGE_BATCH)):
        query = sa.select(job.c.job_id, job.c.phase).where(job.c.job_id.in_(batch))
        found |= {row.job_id: ExecutionPhase(row.phase) for row in await connection.execute(query)}
    return found


def _matching(owner_id: str | None, job_query: JobQuery) -> list[sa.ColumnElement[bool]]:
    conditions = [
        job.c.phase.in_(sorted(job_query.phases))
        if job_query.phases
        else job.c.phase != ExecutionPhase.ARCHIVED
    ]
    if owner_id is not None:
        conditions.append(job.c.owner_id == owner_id)
    if job_query.owner:
        named = sa.or_(account.c.name == job_query.owner, account.c.account_id == job_query.owner)
        conditions.append(job.c.owner_id.in_(sa.select(account.c.account_id).where(named)))
    if job_query.reader is not None:
        conditions.append(is_shared_with(job_query.reader))
    if job_query.after is not None:
        conditions.append(job.c.created > job_query.after)
    if job_query.text:
        named = job.c.run_id.icontains(job_query.text, autoescape=True)
        begins = job.c.job_id.istartswith(job_query.text, autoescape=True)
        conditions.append(sa.or_(named, begins))
    return conditions


_READ_AT_ONCE = 100
"""Rows of a list between which the event loop turns."""

_BATCH = 500
"""Values of one query."""

_LARGE_BATCH = 10_000
"""Values of one query that reads little of each row: a third of what the databases take."""

# Not the request: a list of big jobs would be as big as all their tables.
_SHOWN = (
    "job_id", "owner_id", "phase", "created", "run_id", "started", "ended", "destruction",
    "parent_id", "disk_bytes", "parts_total", "parts_left", "pairs_total", "pairs_done",
    "ok", "partial", "outside", "no_data", "failed", "error_message", "abort_reason",
)  # fmt: skip


def _references() -> sa.Select[Any]:
    running = (
        sa.select(sa.func.sum(part.c.pairs_done))
        .where(part.c.job_id == job.c.job_id, part.c.state == PartState.RUNNING)
        .scalar_subquery()
    )
    columns = [job.c[name] for name in _SHOWN]
    owner, done = account.c.name.label("owner"), running.label("running_done")
    owned = account.c.account_id == job.c.owner_id
    return sa.select(*columns, owner, done).join(account, owned)


def _reference(row: Any) -> JobReference:
    done = int(row.pairs_done) + int(row.running_done or 0)
    return JobReference(
        job_id=row.job_id,
        owner_id=row.owner_id,
        owner=row.owner,
        phase=ExecutionPhase(row.phase),
        creation_time=row.created,
        run_id=row.run_id,
        start_time=row.started,
        end_time=row.ended,
        destruction=row.destruction,
        parent_id=row.parent_id,
        stored_bytes=row.disk_bytes,
        reason=row.error_message or row.abort_reason,
        progress=Progress(row.parts_total, row.parts_left, row.pairs_total, done),
        outcomes=Outcomes(row.ok, row.partial, row.outside, row.no_data, row.failed),
    )
