"""What waits is sent once, by one notice at a time, and what fails is tried again and given up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.control.message_sender import send_due
from sptjobs.engine import transitions
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job, delete_job
from sptjobs.messaging import delivering
from sptjobs.messaging.delivering import due_notices, retry_after, send_by_notice
from sptjobs.messaging.webhook import new_secret
from sptjobs.settings import Settings
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import now
from sptjobs.store.notices import MAX_FAILURES, Medium, Notice, NoticeWish, insert_notice
from sptjobs.store.schema import notice, notice_message
from sptjobs.uws.jobs import ErrorSummary, Job
from tests.engine.conftest import MakeJob
from tests.messaging.conftest import LOOPBACK
from tests.support.receiver import Receiver

Ask = Callable[..., Awaitable[str]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a site that sends webhooks, also to loopback."""
    return replace(settings, webhooks=True, webhook_networks=LOOPBACK, public_url="https://spt")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "DELAY", timedelta(0))


@pytest.fixture
def ask(engine: Engine, receiver: Receiver) -> Ask:
    """Ask for webhooks for an account, and give the notice's id."""

    async def make(account_id: str, **changes: Any) -> str:
        wish = NoticeWish(**{"channel": Medium.WEBHOOK, "url": receiver.url} | changes)
        async with engine.database.write() as connection:
            at = await now(connection)
            found = await connection.scalar(sa.select(sa.func.count()).select_from(notice))
            made = Notice(f"{found or 0:032d}", account_id, wish, new_secret(), at)
            await insert_notice(connection, made)
        return made.notice_id

    return make


async def end(engine: Engine, job: Job) -> None:
    await abort_job(engine, job.job_id)


async def send_all(engine: Engine) -> list[str]:
    return [await send_by_notice(engine, each) for each in await due_notices(engine, 10)]


async def rows(engine: Engine, table: sa.Table) -> list[Any]:
    async with engine.database.read() as connection:
        return list(await connection.execute(sa.select(table)))


async def forgive(engine: Engine) -> None:
    """Let the time pass that a notice waits after a failure."""
    async with engine.database.write() as connection:
        await connection.execute(sa.update(notice).values(not_before=None))


def phases(receiver: Receiver) -> list[tuple[str, str]]:
    found = [json.loads(body)["data"] for _, _, body in receiver.got]
    return [(each["jobId"], each["phase"]) for each in found]


async def test_the_end_of_each_job_of_the_user_is_sent_once_and_of_no_other(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    mine, failed, other = await make_job(), await make_job(), await make_job("eve")
    await ask(mine.owner_id)
    assert await due_notices(engine, 10) == []
    for each in (mine, other):
        await end(engine, each)
    async with engine.database.write() as connection:
        await transitions.fail(connection, failed.job_id, ErrorSummary("Error", "lost"))
    assert await send_all(engine) == ["2 sent"]
    assert phases(receiver) == [(mine.job_id, "ABORTED"), (failed.job_id, "ERROR")]
    assert json.loads(receiver.got[1][2])["data"]["reason"] == "lost"
    assert json.loads(receiver.got[0][2])["data"]["page"].startswith("https://spt/app/cutout/jobs/")
    assert await send_all(engine) == []
    assert await rows(engine, notice_message) == []
    (row,) = await rows(engine, notice)
    assert row.last_sent is not None


async def test_each_message_has_an_id_that_no_later_one_has_though_its_row_is_removed(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    jobs = [await make_job() for _ in range(4)]
    await ask(jobs[0].owner_id)
    for each in jobs:
        await end(engine, each)
        assert await send_all(engine) == ["1 sent"]
        assert await rows(engine, notice_message) == []
    ids = {headers["webhook-id"] for _, headers, _ in receiver.got}
    assert len(ids) == len(jobs)


async def test_of_one_job_alone_nothing_is_sent_about_others(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    mine, another = await make_job(), await make_job()
    await ask(mine.owner_id, job_id=mine.job_id)
    await end(engine, another)
    await end(engine, mine)
    await send_all(engine)
    assert phases(receiver) == [(mine.job_id, "ABORTED")]
    await delete_job(engine, mine.job_id)
    assert await rows(engine, notice) == []


async def test_a_transition_that_is_taken_back_leaves_no_message(
    engine: Engine, make_job: MakeJob, ask: Ask
) -> None:
    job = await make_job()
    await ask(job.owner_id)
    async with engine.database.write() as connection:
        attempt = await connection.begin_nested()
        assert await transitions.abort(connection, job.job_id, "x")
        await attempt.rollback()
    assert await rows(engine, notice_message) == []


async def test_of_a_job_that_is_deleted_at_once_nothing_is_sent(
    engine: Engine, make_job: MakeJob, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "DELAY", timedelta(seconds=5))
    job = await make_job()
    await ask(job.owner_id)
    await end(engine, job)
    assert await due_notices(engine, 10) == []
    await delete_job(engine, job.job_id)
    assert await rows(engine, notice_message) == []


async def test_many_workers_at_once_send_each_message_once(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    jobs = [await make_job() for _ in range(5)]
    found = await ask(jobs[0].owner_id)
    for job in jobs:
        await end(engine, job)
    said = await asyncio.gather(*(send_by_notice(engine, found) for _ in range(8)))
    # Who comes when the first has done finds nothing left.
    assert sum(int(each.split()[0]) for each in said if each.endswith(" sent")) == 5
    assert all(" sent" in each or "somebody else" in each for each in said)
    assert sorted(phases(receiver)) == sorted((job.job_id, "ABORTED") for job in jobs)


async def test_what_fails_is_tried_again_later_and_what_was_sent_before_is_not(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    first, second = await make_job(), await make_job()
    await ask(first.owner_id)
    await end(engine, first)
    receiver.status = 503
    assert await send_all(engine) == ["0 sent, then: the server responded 503"]
    await end(engine, second)
    assert await due_notices(engine, 10) == []
    (row,) = await rows(engine, notice)
    assert (row.failures, row.last_error) == (1, "the server responded 503")
    receiver.status = 200
    await forgive(engine)
    assert await send_all(engine) == ["2 sent"]
    (row,) = await rows(engine, notice)
    assert (row.failures, row.last_error) == (0, None)
    assert len(receiver.got) == 3


async def test_after_a_day_of_failures_nothing_more_is_sent_and_nothing_waits(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    assert sum((retry_after(n) for n in range(MAX_FAILURES)), timedelta(0)) > timedelta(hours=18)
    job = await make_job()
    await ask(job.owner_id)
    await end(engine, job)
    receiver.status = 500
    for _ in range(MAX_FAILURES):
        await send_all(engine)
        await forgive(engine)
    assert await rows(engine, notice_message) == []
    await end(engine, await make_job())
    assert await rows(engine, notice_message) == []
    assert len(receiver.got) == MAX_FAILURES


async def test_who_left_the_group_is_sent_nothing(
    engine: Engine, make_job: MakeJob, ask: Ask, receiver: Receiver
) -> None:
    job = await make_job()
    await ask(job.owner_id)
    await end(engine, job)
    async with engine.database.write() as connection:
        await upsert_account(connection, issuer="operator", subject="ada", name="ada", groups=[])
    assert "no group" in (await send_all(engine))[0]
    assert receiver.got == []


@pytest.fixture
async def waiting(engine: Engine, make_job: MakeJob, ask: Ask) -> list[str]:
    """Notices of four users by which something waits to be sent."""
    found = []
    for user in ("ada", "bob", "eve", "joe"):
        job = await make_job(user)
        found.append(await ask(job.owner_id))
        await end(engine, job)
    return found


async def test_at_most_two_are_sent_to_actors_at_a_time_and_none_twice(
    engine: Engine, waiting: list[str]
) -> None:
    queue = engine.wakeups.broker.client
    for _ in range(3):
        await send_due(engine)
        assert queue.llen("dramatiq:control") == 2
