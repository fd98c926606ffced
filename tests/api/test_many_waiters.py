"""Many clients wait for as many different jobs: each is woken soon, and nobody else notices."""

import asyncio
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import pytest
import sqlalchemy as sa

from sptapi.keys import WATCH
from sptjobs.engine.job_commands import abort_job
from sptjobs.store.database import Database
from sptjobs.store.schema import job
from tests.api.conftest import JOBS, Api, Serve
from tests.support.scale import scaled

pytestmark = pytest.mark.alone

WAITERS = scaled(200, 2000)
CHANGED = scaled(50, 500)
WAIT_S = 300
WOKEN_S = 0.1
"""The promise; a machine that is busy with other things may hold up some of them, not half."""

BUSY_S = 1.0
APART_S = 0.005
"""From one client to the next: they share their processor with the server."""

ABORT_S = 1.0


@pytest.fixture
async def crowded(serve: Serve) -> AsyncIterator[Api]:
    """A server whose clients may wait long, and take as many connections as they like."""
    api = await serve(wait_cap_s=float(WAIT_S))
    before = api.http
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as api.http:
        yield api
    api.http = before


async def make_jobs(api: Api, count: int) -> list[str]:
    """Make a job and copy it as often; give the ids of the copies."""
    first = (await api.new_job()).rpartition("/")[2]
    return await copies(api.engine.database, first, count)


async def copies(database: Database, first: str, count: int) -> list[str]:
    """Copy a job as often; give the ids of the copies."""
    async with database.write() as connection:
        row = (await connection.execute(sa.select(job).where(job.c.job_id == first))).one()
        made = [{**row._asdict(), "job_id": uuid.uuid4().hex} for _ in range(count)]
        await connection.execute(sa.insert(job), made)
    return [each["job_id"] for each in made]


class Crowd:
    """Clients each of which waits for a job of its own."""

    def __init__(self, api: Api, job_ids: list[str]) -> None:
        self.api = api
        self.ended: dict[str, float] = {}
        self.statuses: list[int] = []
        self.tasks = [
            asyncio.create_task(self._wait(job_id, number * APART_S))
            for number, job_id in enumerate(job_ids)
        ]

    async def _wait(self, job_id: str, begin_s: float) -> None:
        await asyncio.sleep(begin_s)
        response = await self.api.get(f"{JOBS}/{job_id}?WAIT={WAIT_S}")
        self.ended[job_id] = time.monotonic()
        self.statuses.append(response.status)

    async def until_all_wait(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while len(self.api.app[WATCH]._waiting) < len(self.tasks):
                await asyncio.sleep(0.05)


@asynccontextmanager
async def crowd_of(api: Api, job_ids: list[str]) -> AsyncIterator[Crowd]:
    """Have clients wait while the block runs."""
    crowd = Crowd(api, job_ids)
    try:
        yield crowd
    finally:
        for task in crowd.tasks:
            task.cancel()
        await asyncio.gather(*crowd.tasks, return_exceptions=True)


@contextmanager
def statements(api: Api) -> Iterator[list[str]]:
    """Note what is asked of the database."""
    found: list[str] = []
    database = api.engine.database
    engines = {database.writer.sync_engine, database.reader.sync_engine}

    def executed(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", executed)
    yield found
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", executed)


async def abort_another(api: Api) -> float:
    """Have another user abort a job, and give the seconds until that was answered."""
    path = await api.new_job(user="eve")
    begun = time.monotonic()
    response = await api.post(f"{path}/phase", {"PHASE": "ABORT"}, user="eve")
    assert response.status == 303
    return time.monotonic() - begun


async def test_each_of_many_waiters_is_woken_soon_and_holds_up_nobody(crowded: Api) -> None:
    api = crowded
    job_ids = await make_jobs(api, WAITERS)
    await abort_another(api)
    async with crowd_of(api, job_ids) as crowd:
        # Some while they come, some while they wait, some while they are woken.
        aborts = [await abort_another(api) for _ in range(3)]
        await crowd.until_all_wait()
        aborts += [await abort_another(api) for _ in range(3)]
        changed = {}
        for job_id in job_ids[:CHANGED]:
            await abort_job(api.engine, job_id)
            changed[job_id] = time.monotonic()
            await asyncio.sleep(0.02)
        aborts += [await abort_another(api) for _ in range(3)]
        await asyncio.wait_for(asyncio.gather(*crowd.tasks[:CHANGED]), 30)
        late = [crowd.ended[job_id] - moment for job_id, moment in changed.items()]
    assert set(crowd.statuses) == {200}
    assert statistics.median(late) < WOKEN_S
    assert max(late) < BUSY_S
    assert max(aborts) < ABORT_S


async def test_what_waiting_asks_of_the_database_does_not_grow_with_who_waits(
    crowded: Api,
) -> None:
    api = crowded
    job_ids = await make_jobs(api, WAITERS)
    async with crowd_of(api, job_ids) as crowd:
        await crowd.until_all_wait()
        await asyncio.sleep(1)
        with statements(api) as asked:
            await asyncio.sleep(4.5)
    looks = [each for each in asked if each.startswith("SELECT job.job_id, job.phase")]
    assert 1 <= len(looks) <= 3
    assert len(asked) < 40, "of the looks at who waits, and at their tokens"


@pytest.mark.parametrize("phase", ["ABORTED", "QUEUED"])
async def test_all_who_wait_are_woken_when_everything_changes_at_once_and_an_abort_goes_first(
    crowded: Api, phase: str
) -> None:
    api = crowded
    job_ids = await make_jobs(api, WAITERS)
    await abort_another(api)
    async with crowd_of(api, job_ids) as crowd:
        await crowd.until_all_wait()
        async with api.engine.database.write() as connection:
            mine = job.c.job_id.in_(job_ids)
            await connection.execute(sa.update(job).where(mine).values(phase=phase))
        # Nothing tells of it: the poll finds them all.
        while not crowd.statuses:
            await asyncio.sleep(0.001)
        aborted_s = await abort_another(api)
        await asyncio.wait_for(asyncio.gather(*crowd.tasks), 60)
    assert crowd.statuses == [200] * WAITERS
    assert aborted_s < ABORT_S
