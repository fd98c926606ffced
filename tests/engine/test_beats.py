"""Beats keep a part; silence gives it back, and only silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.engine.beats import BeatObserver, Key, beat
from sptjobs.engine.claims import claim, give_back
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job, delete_job
from sptjobs.execution.executor import Executor, Running
from sptjobs.store.database import connect
from sptjobs.store.jobs import read_job
from sptjobs.store.schema import part
from sptjobs.uws.errors import UnavailableError
from tests.engine.conftest import MakeJob
from tests.support.databases import KIND

KEY: Key = ("j", 1, 1)


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def taken(engine: Engine) -> Key:
    found = await claim(engine.database, "w", reserved=False)
    assert found is not None
    return found.key


async def test_a_beat_keeps_the_part_and_tells_its_progress(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    assert await beat(engine.database, {await taken(engine): 7}) == set()
    async with engine.database.read() as connection:
        found = await read_job(connection, made.job_id)
    assert found is not None
    assert found.progress.pairs_done == 7


async def test_a_beat_tells_of_an_abort_a_deletion_and_a_newer_attempt(
    engine: Engine, make_job: MakeJob
) -> None:
    aborted, deleted, lost, kept = [await make_job(f"o{n}") for n in range(4)]
    keys = {(key := await taken(engine))[0]: key for _ in range(4)}
    await abort_job(engine, aborted.job_id)
    await delete_job(engine, deleted.job_id)
    await give_back(engine.database, keys[lost.job_id], "silent", blame="worker")
    gone = await beat(engine.database, dict.fromkeys(keys.values(), 0))
    assert gone == set(keys.values()) - {keys[kept.job_id]}


if KIND == "postgresql":  # SQLite locks whole databases, not rows

    async def test_a_part_that_somebody_locks_does_not_silence_the_others_of_its_worker(
        engine: Engine, make_job: MakeJob
    ) -> None:
        locked, free = [await make_job(f"o{n}") for n in range(2)]
        keys = {(key := await taken(engine))[0]: key for _ in range(2)}
        async with connect(engine.settings.database_url) as other, other.write() as stopped:
            row = sa.select(part.c.number).where(part.c.job_id == locked.job_id)
            await stopped.execute(row.with_for_update())
            async with asyncio.timeout(20):
                assert await beat(engine.database, dict.fromkeys(keys.values(), 0)) == set()
        async with engine.database.read() as connection:
            beats = {
                row.job_id: row.beat
                for row in await connection.execute(sa.select(part.c.job_id, part.c.beat))
            }
        assert beats == {locked.job_id: 0, free.job_id: 1}


@asynccontextmanager
async def locked_against_writing(url: str) -> AsyncIterator[None]:
    """Keep everybody from writing to the parts, while all of them can read."""
    async with connect(url) as other, other.write() as connection:
        if not other.is_sqlite:
            await connection.execute(sa.text("LOCK TABLE part IN SHARE MODE"))
        yield


async def test_a_lock_from_outside_that_outlasts_the_dead_time_condemns_nobody(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job()
    working = Executor(engine, "w")
    working.running[await taken(engine)] = Running()

    async def beat_for_ever() -> None:
        while True:
            with suppress(UnavailableError):
                await working.beat_once()
            await asyncio.sleep(engine.settings.beat_s)

    observer = BeatObserver(engine.settings.dead_s)
    abandoned: list[Key] = []

    async def observe_for_ever() -> None:
        # As in a process of its own, which has its own connections.
        async with connect(engine.settings.database_url) as database:
            while True:
                abandoned.extend(await observer.abandoned(database))
                await asyncio.sleep(engine.settings.sweep_s)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(beat_for_ever()), tasks.create_task(observe_for_ever())]
        await asyncio.sleep(3 * engine.settings.sweep_s)
        async with locked_against_writing(engine.settings.database_url):
            await asyncio.sleep(2 * engine.settings.dead_s)
        await asyncio.sleep(engine.settings.dead_s / 2)
        for task in running:
            task.cancel()
    assert abandoned == []


def test_a_part_that_stands_still_for_the_dead_time_is_abandoned() -> None:
    clock = Clock()
    observer = BeatObserver(20, clock)
    for _ in range(10):
        assert observer.observe({KEY: 5}) == []
        clock.seconds += 2
    assert observer.observe({KEY: 5}) == [KEY]


def test_a_gap_in_the_observation_condemns_nobody() -> None:
    clock = Clock()
    observer = BeatObserver(20, clock)
    observer.observe({KEY: 5})
    clock.seconds += 3600
    assert observer.observe({KEY: 5}) == []
    clock.seconds += 2
    assert observer.observe({KEY: 5}) == []


@given(st.lists(st.tuples(st.floats(0.1, 9.9), st.booleans()), min_size=1, max_size=60))
def test_a_part_is_abandoned_only_after_the_dead_time_without_a_beat(
    steps: list[tuple[float, bool]],
) -> None:
    clock = Clock()
    observer = BeatObserver(20, clock)
    count, last_change = 0, clock.seconds
    observer.observe({KEY: count})
    for seconds, beats in steps:
        clock.seconds += seconds
        if beats:
            count, last_change = count + 1, clock.seconds
        expected = [KEY] if clock.seconds - last_change >= 20 else []
        assert observer.observe({KEY: count}) == expected
