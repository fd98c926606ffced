"""What is asked for beyond a cap is reported, not changed silently; what ends soon says so."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import (
    NewJob,
    create_job,
    delete_job,
    set_destruction,
    set_execution_duration,
)
from sptjobs.engine.retention import notes_of
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import now
from sptjobs.store.jobs import read_events, read_job
from sptjobs.store.lists import JobQuery, find_jobs
from sptjobs.store.schema import job
from sptjobs.uws.errors import TransitionError
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob, as_read, make_all_due

DAY = timedelta(days=1)
NewJobOf = Callable[..., Awaitable[Job]]


@pytest.fixture
def short(engine: Engine) -> Engine:
    """An engine that keeps jobs for ten days, five by default, and warns for two."""
    settings = replace(
        engine.settings,
        max_lifetime_s=10 * 86_400,
        default_lifetime_s=5 * 86_400,
        destruction_warning_s=2 * 86_400,
        max_execution_s=1_000,
        default_execution_s=900,
    )
    return replace(engine, settings=settings)


@pytest.fixture
def new_job(short: Engine) -> NewJobOf:
    async def make(duration: int | None = None, destruction: datetime | None = None) -> Job:
        async with short.database.write() as connection:
            ada = await upsert_account(
                connection, issuer="operator", subject="ada", name="ada", groups=[]
            )
        request = CutoutRequest((Target("t", 0.0, -57.0, 10.0, 10.0),))
        new = NewJob(ada.account_id, (), request, None, duration, destruction)
        return await as_read(short, await create_job(short, new, run=True))

    return make


async def clock(engine: Engine) -> datetime:
    async with engine.database.read() as connection:
        return await now(connection)


async def notes(engine: Engine, job_id: str, later: timedelta = timedelta(0)) -> tuple[str, ...]:
    async with engine.database.read() as connection:
        found = await read_job(connection, job_id)
        assert found is not None
        return notes_of(found, engine.settings, await now(connection) + later)


async def capped(engine: Engine, job_id: str) -> list[str | None]:
    async with engine.database.read() as connection:
        events = await read_events(connection, job_id)
    return [event.detail for event in events if event.kind == "capped"]


async def test_what_is_asked_for_beyond_the_caps_gets_them_and_both_are_stated(
    short: Engine, new_job: NewJobOf
) -> None:
    wanted = await clock(short) + 400 * DAY
    made = await new_job(5_000, wanted)
    assert made.execution_duration == 1_000
    assert made.destruction is not None
    assert made.destruction < wanted - 389 * DAY
    shown = await notes(short, made.job_id)
    assert shown[0] == (
        "executionDuration: 5000 s were asked for, 1000 s is the most that a job gets"
    )
    assert shown[1].startswith(f"destruction: {wanted:%Y-%m-%dT%H:%M:%SZ} was asked for, a job is")
    assert "at most 10 days" in shown[1]
    assert len(shown) == len(await capped(short, made.job_id)) == 2


async def test_no_limit_asked_for_gets_the_cap_and_is_stated(
    short: Engine, new_job: NewJobOf
) -> None:
    made = await new_job(0)
    assert made.execution_duration == 1_000
    (shown,) = await notes(short, made.job_id)
    assert shown.startswith("executionDuration: no limit was asked for, 1000 s is")


async def test_what_is_within_the_caps_is_taken_as_it_is_and_nothing_is_said(
    short: Engine, new_job: NewJobOf
) -> None:
    wanted = await clock(short) + 9 * DAY
    made = await new_job(999, wanted)
    assert (made.execution_duration, made.destruction) == (999, wanted)
    assert await notes(short, made.job_id) == ()
    assert await capped(short, made.job_id) == []


async def test_a_note_goes_when_what_is_asked_for_comes_within_the_cap(
    short: Engine, new_job: NewJobOf
) -> None:
    made = await new_job(5_000, await clock(short) + 400 * DAY)
    await set_execution_duration(short, made.job_id, 10)
    assert len(await notes(short, made.job_id)) == 1
    await set_destruction(short, made.job_id, await clock(short) + 9 * DAY)
    assert await notes(short, made.job_id) == ()


async def test_a_job_near_its_destruction_says_so_until_it_is_renewed(
    short: Engine, new_job: NewJobOf
) -> None:
    made = await new_job()
    assert await notes(short, made.job_id, 2.9 * DAY) == ()
    (shown,) = await notes(short, made.job_id, 3.1 * DAY)
    assert shown.endswith("post a later DESTRUCTION to keep the job")
    assert f"it is aborted and its files are destroyed at {made.destruction:%Y-%m-%dT}" in shown
    await set_destruction(short, made.job_id, await clock(short) + 9 * DAY)
    assert await notes(short, made.job_id, 3.1 * DAY) == ()


async def test_a_job_is_renewed_again_and_again_beyond_what_it_could_get_at_once(
    short: Engine, new_job: NewJobOf
) -> None:
    made = await new_job()
    # As if it had been made twenty days ago and renewed since.
    async with short.database.write() as connection:
        changed = sa.update(job).where(job.c.job_id == made.job_id)
        await connection.execute(changed.values(created=made.creation_time - 20 * DAY))
    wanted = await clock(short) + 9 * DAY
    renewed = await set_destruction(short, made.job_id, wanted)
    assert renewed.destruction == wanted


async def test_a_job_over_its_execution_duration_is_aborted_and_says_so(
    short: Engine, new_job: NewJobOf
) -> None:
    made = await new_job(99)
    await claim(short.database, "w", reserved=False)
    async with short.database.write() as connection:
        past = await now(connection) - timedelta(seconds=100)
        await connection.execute(sa.update(job).values(started=past))
    await make_all_due(short, "abort", "archive")
    async with short.database.read() as connection:
        found = await read_job(connection, made.job_id)
    assert found is not None
    assert found.phase is ExecutionPhase.ABORTED
    assert await notes(short, made.job_id) == ("aborted: execution duration of 99 s exceeded",)


async def test_an_archived_job_keeps_its_record_and_is_listed_only_when_asked_for(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    await set_destruction(engine, made.job_id, made.creation_time)
    await make_all_due(engine, "abort", "archive")
    shown = await notes(engine, made.job_id)
    kept = "this record is kept for 365 days from then on"
    assert shown[-1] == f"destruction: the files are gone, {kept}"
    async with engine.database.read() as connection:
        assert await find_jobs(connection, made.owner_id) == ([], 0)
        archived = frozenset({ExecutionPhase.ARCHIVED})
        listed, _ = await find_jobs(connection, made.owner_id, JobQuery(phases=archived))
    assert [each.job_id for each in listed] == [made.job_id]
    with pytest.raises(TransitionError, match="ARCHIVED"):
        await set_destruction(engine, made.job_id, await clock(engine) + DAY)
    await delete_job(engine, made.job_id)
