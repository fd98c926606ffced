"""Purging rows that nobody can need any more, a small batch of each table at a time.

What goes:

``token``
    A week after the hard end of its chain. Until then a token that expired still names
    its chain to whoever revokes it. Nothing depends on the row being there: a token
    without a row does not hold, and an expired one is refused before its row is read.
``browser_session``
    At its end, with the grant of the identity provider that it holds.
``spent``
    When what was spent can no longer be presented: it is refused as too old by then.
``access_request``
    When its account is let in (then at once), and some time (``records_kept_s``) after the last
    that was asked or decided.
``job`` and ``event``
    Some time (``records_kept_s``) after a job was archived or deleted: its record, if it
    still has one, and its history. The index leads to the event that ended the job; that
    one goes last, so that a history of any length is found again until all of it is gone.
``audit``
    Some time (``audit_kept_s``) after it was written.

What stays:

``job``, ``part``, ``pack`` and ``event`` of jobs in any other phase
    Their users need them; they are archived at their destruction, and archiving deletes
    parts and packs at once.
``account``, ``account_group``
    A person has one row, and one for each group, however often they come. Jobs and the
    audit log name accounts by id, and the account's epoch is what a token must match.
``snapshot``, ``archive_map``
    A request with the id of its snapshot makes identical files again; both grow with
    the archive only.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.background.repeating import ANY_LENGTH
from sptjobs.engine.engine import Engine
from sptjobs.metrics.purged import PURGED
from sptjobs.settings import Settings
from sptjobs.store.database import Database, now
from sptjobs.store.schema import (
    ENDED,
    access_request,
    audit,
    browser_session,
    event,
    job,
    spent,
    token,
)
from sptjobs.uws.phases import ExecutionPhase

_log = logging.getLogger(__name__)

_BATCH: Final = 200
"""Most rows of a table that one transaction deletes: others wait for it."""

_JOBS: Final = 20
"""Most jobs of one turn; each has its own transaction, since a request may be megabytes."""

_PAUSE: Final = 15
"""Sweeps of the database from one turn to the next when nothing was left."""

_TOKEN_GRACE: Final = timedelta(days=7)


@asynccontextmanager
async def purging(engine: Engine) -> AsyncIterator[None]:
    """Purge while the block runs, sooner when more was due than one turn deletes.

    A task of its own: the sweep never waits for it.
    """
    sweep_s = engine.settings.sweep_s

    async def turn() -> float | None:
        return sweep_s if await purge(engine) else None

    repeating = engine.background.repeating
    async with repeating("purge", turn, _PAUSE * sweep_s, limit_s=ANY_LENGTH):
        yield


async def purge(engine: Engine) -> bool:
    """Delete at most a batch of each table; tell whether more may be due.

    Several control workers may do it at once: each passes over the rows that another one
    has chosen, so that they neither wait for each other nor count a row twice.
    """
    async with engine.database.read() as connection:
        clock = await now(connection)
    more = False
    for due in due_rows(engine.settings, clock):
        more |= await _purge_rows(engine.database, due)
    if engine.settings.records_kept_s:
        before = clock - timedelta(seconds=engine.settings.records_kept_s)
        more |= await _purge_records(engine.database, before)
    return more


def due_rows(settings: Settings, clock: datetime) -> Iterator[sa.Select[Any]]:
    """Ask for the keys of rows whose own time is over, the oldest first: a table each."""
    yield _before(browser_session.c.session_id, browser_session.c.expires, clock)
    yield _before(spent.c.digest, spent.c.expires, clock)
    graced = clock - _TOKEN_GRACE
    chain = timedelta(seconds=settings.token_chain_s)
    # The chain's end is by the setting as it is now; an operator's token may last longer.
    ended = _before(token.c.jti, token.c.chain_start, graced - chain)
    yield ended.where(token.c.expires < graced)
    if settings.records_kept_s:
        kept = timedelta(seconds=settings.records_kept_s)
        yield _before(access_request.c.account_id, access_request.c.changed, clock - kept)
    if settings.audit_kept_s:
        kept = timedelta(seconds=settings.audit_kept_s)
        yield _before(audit.c.audit_id, audit.c.at, clock - kept)


def endings(before: datetime) -> sa.Select[tuple[int, str]]:
    """Ask for the events that tell of a job archived or deleted before a time, the oldest first."""
    # Looked up job by job: PostgreSQL would join by reading all jobs for NOT EXISTS.
    phase = sa.select(job.c.phase).where(job.c.job_id == event.c.job_id).scalar_subquery()
    archived = ExecutionPhase.ARCHIVED.value
    is_over = sa.func.coalesce(phase, archived) == archived
    return (
        sa.select(event.c.event_id, event.c.job_id)
        .where(ENDED, event.c.at < before, is_over)
        .order_by(event.c.at)
    )


def _before(key: sa.Column[Any], time: sa.Column[Any], end: datetime) -> sa.Select[Any]:
    return sa.select(key).where(time < end).order_by(time)


async def _purge_rows(database: Database, due: sa.Select[Any]) -> bool:
    if not await _is_any(database, due):
        return False
    async with database.write() as connection:
        rows = await _delete_batch(connection, due)
    table = _key(due).table.name
    PURGED.labels(table).inc(rows)
    _log.info("purged %d rows of the table %s", rows, table)
    return rows == _BATCH


async def _purge_records(database: Database, before: datetime) -> bool:
    due = endings(before)
    if not await _is_any(database, due):
        return False
    count = 0
    while count < _JOBS and await _purge_record(database, due):
        count += 1
    _log.info("purged records of %d jobs, or the oldest lines of long histories", count)
    return count == _JOBS


async def _purge_record(database: Database, due: sa.Select[tuple[int, str]]) -> bool:
    """Delete one job and a batch of its history; False when there was none to choose."""
    async with database.write() as connection:
        chosen = due.limit(1).with_for_update(of=event, skip_locked=True)
        ending = (await connection.execute(chosen)).one_or_none()
        if ending is None:
            return False
        # The phase is asked for again: whatever an event says, nothing else is deleted here.
        archived = (job.c.job_id == ending.job_id, job.c.phase == ExecutionPhase.ARCHIVED)
        jobs = await connection.execute(sa.delete(job).where(*archived))
        # Whoever deletes a job that was archived already adds to its history, which stays.
        until = (event.c.job_id == ending.job_id, event.c.event_id <= ending.event_id)
        history = sa.select(event.c.event_id).where(*until).order_by(event.c.event_id)
        events = await _delete_batch(connection, history)
    PURGED.labels(job.name).inc(jobs.rowcount)
    PURGED.labels(event.name).inc(events)
    return True


async def _delete_batch(connection: AsyncConnection, due: sa.Select[Any]) -> int:
    key = _key(due)
    chosen = due.limit(_BATCH).with_for_update(skip_locked=True)
    keys = list((await connection.execute(chosen)).scalars())
    await connection.execute(sa.delete(key.table).where(key.in_(keys)))
    return len(keys)


def _key(due: sa.Select[Any]) -> sa.Column[Any]:
    (key,) = due.selected_columns
    assert isinstance(key, sa.Column)
    return key


async def _is_any(database: Database, due: sa.Select[Any]) -> bool:
    """Look before writing: SQLite lets one process write at a time."""
    async with database.read() as connection:
        return (await connection.execute(due.limit(1))).first() is not None
