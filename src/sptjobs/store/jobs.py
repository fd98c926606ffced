"""Jobs, their packs and their history: rows to records and back."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import Database, now
from sptjobs.store.prebuilt import Prebuilt
from sptjobs.store.schema import account, event, job, pack, part
from sptjobs.store.shown import Shown
from sptjobs.uws.jobs import ErrorSummary, Job, JobEvent, Outcomes, Progress
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

_LONG = {"parameters", "request"}


def _jobs(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Jobs, each with its owner's name and what its running parts have done so far."""
    columns = [column for column in job.c if column.name not in _LONG]
    running = (
        sa.select(part.c.job_id, sa.func.sum(part.c.pairs_done).label("running_done"))
        .where(part.c.state == PartState.RUNNING)
        .group_by(part.c.job_id)
        .subquery()
    )
    return (
        sa.select(
            *columns,
            account.c.name.label("owner"),
            running.c.running_done,
            sa.exists().where(pack.c.job_id == job.c.job_id).label("has_packs"),
        )
        .join(account, account.c.account_id == job.c.owner_id)
        .outerjoin(running, running.c.job_id == job.c.job_id)
        .where(which)
    )


_JOB, _EVENT = sa.insert(job), sa.insert(event)
"""Made once, as all below, because making a statement takes longer than running it."""
_OF_JOB: sa.BindParameter[str] = sa.bindparam("job_id")
_ONE_JOB = _jobs(job.c.job_id == _OF_JOB)
_JOBS = _jobs(job.c.job_id.in_(sa.bindparam("job_ids", expanding=True)))
_PARAMETERS = sa.select(job.c.parameters).where(job.c.job_id == _OF_JOB)
_REQUEST = sa.select(job.c.request).where(job.c.job_id == _OF_JOB)
_EVENTS = sa.select(event).where(event.c.job_id == _OF_JOB).order_by(event.c.event_id)
_PACKS = sa.select(pack).where(pack.c.job_id == _OF_JOB).order_by(pack.c.part)


@dataclass(frozen=True, slots=True)
class PackRow:
    """A finished part's pack: ``folder`` is relative to the results folder."""

    part: int
    folder: str
    size_bytes: int
    files: int


async def insert_job(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Insert a job row; ``values`` are its columns."""
    await connection.execute(_JOB, values)


async def read_job(connection: AsyncConnection, job_id: str) -> Job | None:
    """Read a job, None when there is none of that id."""
    return (await read_jobs(connection, [job_id])).get(job_id)


async def read_jobs(connection: AsyncConnection, job_ids: Collection[str]) -> dict[str, Job]:
    """Read jobs by their ids, a few hundred at most; those that are not there are left out."""
    ids = sorted(job_ids)
    # A list of values has its statement written out anew each time.
    query, values = (_ONE_JOB, {"job_id": ids[0]}) if len(ids) == 1 else (_JOBS, {"job_ids": ids})
    rows = (await connection.execute(query, values)).all()
    return {row.job_id: _job(row, await _shown(connection, row)) for row in rows}


async def look_up_jobs(database: Database, job_ids: Collection[str]) -> dict[str, Job]:
    """Read jobs as ``read_jobs`` does, in a transaction of their own.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    if len(job_ids) == 1:
        found = await _JOB_AS_IT_IS.fetch(database, {"job_id": next(iter(job_ids))})
        if None not in found:
            return {each.job_id: each for each in found}
    async with database.read() as connection:
        return await read_jobs(connection, job_ids)


async def read_parameters(connection: AsyncConnection, job_id: str) -> tuple[tuple[str, str], ...]:
    """Read the parameters of a job in full; there are none when the job is gone."""
    text = await connection.scalar(_PARAMETERS, {"job_id": job_id})
    return tuple((name, value) for name, value in json.loads(text or "[]"))


async def read_request(connection: AsyncConnection, job_id: str) -> str | None:
    """Read the canonical JSON of a job's request, None when the job is gone."""
    text: str | None = await connection.scalar(_REQUEST, {"job_id": job_id})
    return text


async def read_packs(connection: AsyncConnection, job_id: str) -> list[PackRow]:
    """List the packs of a job's finished parts, in the order of the parts."""
    rows = await connection.execute(_PACKS, {"job_id": job_id})
    return [PackRow(row.part, row.folder, row.size_bytes, row.files) for row in rows]


async def read_events(connection: AsyncConnection, job_id: str) -> list[JobEvent]:
    """Read a job's history, oldest first."""
    rows = await connection.execute(_EVENTS, {"job_id": job_id})
    return [JobEvent(row.at, row.kind, row.source, row.target, row.detail) for row in rows]


async def record_event(
    connection: AsyncConnection,
    job_id: str,
    kind: str,
    *,
    at: datetime | None = None,
    source: str | None = None,
    target: str | None = None,
    detail: str | None = None,
) -> None:
    """Add a line to a job's history; its time is the database's, unless it is given."""
    values = {"job_id": job_id, "at": at or await now(connection), "kind": kind}
    values |= {"source": source, "target": target, "detail": detail}
    await connection.execute(_EVENT, values)


_EVENT_VALUES = ("at", "kind", "source", "target", "detail")


def event_insert(*prefixes: str) -> sa.Insert:
    """Make the statement that adds lines to the history of ``of_job``, in this order.

    Their values are parameters with such prefixes, as ``event_values`` gives them.
    """
    # A list of values would have the statement written out anew each time.
    lines = sa.union_all(*(sa.select(*_event_parameters(prefix)) for prefix in prefixes))
    return sa.insert(event).from_select(["job_id", *_EVENT_VALUES], lines)


def _event_parameters(prefix: str) -> list[sa.BindParameter[Any]]:
    given = [sa.bindparam(f"{prefix}_{name}", type_=event.c[name].type) for name in _EVENT_VALUES]
    return [sa.bindparam("of_job", type_=sa.String), *given]


def event_values(
    prefix: str,
    kind: str,
    at: datetime,
    *,
    source: str | None = None,
    target: str | None = None,
    detail: str | None = None,
) -> dict[str, Any]:
    """Give the values of a line of history by their prefixed names."""
    values = zip(_EVENT_VALUES, (at, kind, source, target, detail), strict=True)
    return {f"{prefix}_{name}": value for name, value in values}


async def _shown(connection: AsyncConnection, row: Any) -> Shown:
    if row.shown is not None:
        return Shown.from_json(row.shown)
    # The previous release made the job, and did not note this.
    request = json.loads(await read_request(connection, row.job_id) or "{}")
    parameters = await read_parameters(connection, row.job_id)
    return Shown.of(parameters, request.get("products", ()))


def _complete(row: Any) -> Job | None:
    """Make the record, None where more than the row is needed: the previous release wrote it."""
    return None if row.shown is None else _job(row, Shown.from_json(row.shown))


_JOB_AS_IT_IS = Prebuilt(_ONE_JOB, _complete)


def _job(row: Any, shown: Shown) -> Job:
    done = int(row.pairs_done) + int(row.running_done or 0)
    return Job(
        job_id=row.job_id,
        owner_id=row.owner_id,
        owner=row.owner,
        phase=ExecutionPhase(row.phase),
        version=row.version,
        creation_time=row.created,
        execution_duration=row.execution_duration,
        parameters=shown.parameters,
        products=shown.products,
        run_id=row.run_id,
        quote=row.quote,
        start_time=row.started,
        end_time=row.ended,
        destruction=row.destruction,
        requested_duration=row.requested_duration,
        requested_destruction=row.requested_destruction,
        abort_reason=row.abort_reason,
        parent_id=row.parent_id,
        stored_bytes=row.disk_bytes,
        has_packs=row.has_packs,
        snapshot=row.snapshot,
        error=_error(row),
        progress=Progress(row.parts_total, row.parts_left, row.pairs_total, done),
        outcomes=Outcomes(row.ok, row.partial, row.outside, row.no_data, row.failed),
    )


def _error(row: Any) -> ErrorSummary | None:
    if row.error_code is None:
        return None
    return ErrorSummary(row.error_code, row.error_message, row.error_kind, row.error_detail)
