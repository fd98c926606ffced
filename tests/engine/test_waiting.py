"""A waiter is woken by the change it waits for, once, and soon."""

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.broker.wakeups import CHANNEL
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job, delete_job
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.watching.waiting import JobWatch, open_watch
from tests.engine.conftest import MakeJob
from tests.support.proxy import Proxy, running_proxy
from tests.support.scale import scaled

QUEUED = ExecutionPhase.QUEUED


async def until_heard(engine: Engine, *, again: bool = False) -> None:
    """Wait until somebody listens to the channel of changes, or does so again."""
    client = engine.wakeups.client
    async with asyncio.timeout(20):
        while again and (await client.pubsub_numsub(CHANNEL))[0][1]:
            await asyncio.sleep(0.005)
        while not (await client.pubsub_numsub(CHANNEL))[0][1]:
            await asyncio.sleep(0.005)


@pytest.fixture
def unpolled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the poll find nothing: what wakes a waiter is the message."""
    monkeypatch.setattr("sptjobs.watching.waiting._POLL_S", 60.0)


@pytest.mark.usefixtures("unpolled")
async def test_a_waiter_is_woken_by_the_change_well_before_its_limit(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    async with open_watch(engine) as watch:
        waiting = asyncio.create_task(watch.wait(made.job_id, QUEUED, 30))
        await until_heard(engine)
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await abort_job(engine, made.job_id)
        found = await asyncio.wait_for(waiting, 1)
    assert found is ExecutionPhase.ABORTED


@pytest.mark.usefixtures("unpolled")
async def test_another_phase_answers_at_once_and_a_lost_job_with_none(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    async with open_watch(engine) as watch:
        found = await asyncio.wait_for(watch.wait(made.job_id, ExecutionPhase.PENDING, 30), 1)
        assert found is QUEUED
        assert await asyncio.wait_for(watch.wait("f" * 32, QUEUED, 30), 1) is None


async def test_the_unchanged_job_is_given_at_the_time_limit(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    watch = JobWatch(engine.database)
    found = await watch.wait(made.job_id, QUEUED, 0.2)
    assert found is QUEUED
    assert await watch.wait(made.job_id, QUEUED, 0) is QUEUED


@pytest.mark.usefixtures("unpolled")
async def test_a_waiter_learns_that_its_job_was_deleted(engine: Engine, make_job: MakeJob) -> None:
    made = await make_job()
    async with open_watch(engine) as watch:
        waiting = asyncio.create_task(watch.wait(made.job_id, QUEUED, 30))
        await until_heard(engine)
        await asyncio.sleep(0.1)
        await delete_job(engine, made.job_id)
        assert await asyncio.wait_for(waiting, 1) is None


@pytest.fixture
def line(broker_url: str) -> Iterator[Proxy]:
    with running_proxy(lambda: Path(broker_url.removeprefix("unix://"))) as proxy:
        yield proxy


@pytest.mark.usefixtures("unpolled")
async def test_a_subscription_whose_line_is_lost_is_made_anew(
    engine: Engine,
    make_job: MakeJob,
    line: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The connection stays open, and nothing comes through it any more."""
    monkeypatch.setattr("sptjobs.watching.subscription._SILENCE_S", 0.5)
    made = await make_job()
    url = f"redis://127.0.0.1:{line.port}"
    far = replace(engine, settings=replace(engine.settings, broker_url=url))
    async with open_watch(far) as watch:
        waiting = asyncio.create_task(watch.wait(made.job_id, QUEUED, 60))
        await until_heard(engine)
        # Long enough for signs of life to be asked for and given.
        await asyncio.sleep(1.5)
        assert "no sign of life" not in caplog.text
        assert not waiting.done()
        line.lose()
        await abort_job(engine, made.job_id)
        await asyncio.sleep(0.3)
        assert not waiting.done(), "the line is not lost"
        await until_heard(engine, again=True)
        await engine.wakeups.client.publish(CHANNEL, made.job_id)
        found = await asyncio.wait_for(waiting, 10)
    assert found is ExecutionPhase.ABORTED


async def test_without_a_broker_the_poll_finds_the_change(
    engine: Engine, make_job: MakeJob, caplog: pytest.LogCaptureFixture
) -> None:
    made = await make_job()
    url = "unix:///nowhere/broker.sock"
    nowhere = replace(engine, settings=replace(engine.settings, broker_url=url))
    async with open_watch(nowhere) as watch:
        waiting = asyncio.create_task(watch.wait(made.job_id, QUEUED, 30))
        await asyncio.sleep(0.1)
        await abort_job(engine, made.job_id)
        found = await asyncio.wait_for(waiting, 5)
    assert found is ExecutionPhase.ABORTED
    assert caplog.text.count("subscription to changes failed") == 1


async def test_changes_cost_one_query_however_many_wait_and_for_however_many_jobs(
    engine: Engine, make_job: MakeJob
) -> None:
    jobs = [(await make_job(targets=targets)).job_id for targets in range(1, 4)]
    queries: list[str] = []

    @sa.event.listens_for(engine.database.reader.sync_engine, "after_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            queries.append(statement)

    watch = JobWatch(engine.database)
    waiting = [asyncio.create_task(watch.wait(job_id, QUEUED, 30)) for job_id in jobs * 70]
    await asyncio.sleep(0.1)
    await watch.look()
    assert len(queries) == 1
    assert not any(each.done() for each in waiting)
    for job_id in jobs:
        await abort_job(engine, job_id)
        watch.changed(job_id)
    queries.clear()
    await watch.look()
    assert set(await asyncio.gather(*waiting)) == {ExecutionPhase.ABORTED}
    assert len(queries) == 1


async def test_closing_frees_every_waiter(engine: Engine, make_job: MakeJob) -> None:
    made = await make_job()
    watch = JobWatch(engine.database)
    waiting = asyncio.create_task(watch.wait(made.job_id, QUEUED, 30))
    await asyncio.sleep(0.1)
    watch.close_waiters()
    assert await asyncio.wait_for(waiting, 1) is QUEUED
    assert await asyncio.wait_for(watch.wait(made.job_id, QUEUED, 30), 1) is QUEUED
    assert watch._waiting == {}


async def test_a_watch_left_at_any_moment_leaves_no_subscription_behind(engine: Engine) -> None:
    client = engine.wakeups.client
    gc.disable()  # what is merely forgotten must not be closed by chance
    try:
        for turns in range(scaled(120)):
            async with open_watch(engine):
                for _ in range(turns % 120):
                    await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while (await client.pubsub_numsub(CHANNEL))[0][1]:
                await asyncio.sleep(0.01)
    finally:
        gc.enable()
