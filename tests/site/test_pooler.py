"""What becomes of a service whose PostgreSQL is behind a pgbouncer, when either is away."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.background.repeating import Background
from sptjobs.store.database import Database, connect
from sptjobs.uws.errors import UnavailableError
from tests.support.pgbouncer import Pooler, running_pooler
from tests.support.postgresql import Cluster, running_cluster

BACK_S = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[Pooler]:
    with running_pooler(cluster) as running:
        yield running


Fault = Callable[[Cluster, Pooler], bool]
FAULTS: dict[str, Fault] = {
    "fast shutdown": lambda cluster, _: cluster.server.send(signal.SIGINT),
    "immediate shutdown": lambda cluster, _: cluster.server.send(signal.SIGQUIT),
    "crash": lambda cluster, _: cluster.server.send(signal.SIGKILL),
    "pooler killed": lambda _, pooler: pooler.server.send(signal.SIGKILL),
}


class Counting:
    """Steps that use the database, each with the rounds that succeeded."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rounds = {"reading": 0, "writing": 0}

    async def reading(self) -> None:
        async with self.database.read() as connection:
            await self._use(connection, "reading")

    async def writing(self) -> None:
        async with self.database.write() as connection:
            await self._use(connection, "writing")

    async def _use(self, connection: AsyncConnection, name: str) -> None:
        await connection.execute(sa.text("SELECT 1"))
        await asyncio.sleep(0.01)
        await connection.execute(sa.text("SELECT 2"))
        self.rounds[name] += 1

    async def go_on(self) -> None:
        """Wait until each of them has succeeded again, and again."""
        goal = {name: count + 5 for name, count in self.rounds.items()}
        async with asyncio.timeout(BACK_S):
            while any(self.rounds[name] < count for name, count in goal.items()):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def counting(pooler: Pooler, ended: list[str]) -> AsyncIterator[Counting]:
    """Repeat four of each step."""
    background = Background(ended.append)
    async with AsyncExitStack() as stack:
        steps = Counting(await stack.enter_async_context(connect(pooler.url)))
        for step in [steps.reading, steps.writing] * 4:
            await stack.enter_async_context(background.repeating(step.__name__, step, 0.01))
        yield steps


@pytest.mark.parametrize("fault", FAULTS)
async def test_everything_that_is_repeated_goes_on_after_an_outage(
    cluster: Cluster, pooler: Pooler, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []
    async with counting(pooler, ended) as steps:
        await steps.go_on()
        for _ in range(2):
            assert FAULTS[fault](cluster, pooler)
            await asyncio.sleep(0.5)
            await steps.go_on()
    assert ended == []
    assert "Traceback" not in caplog.text


async def test_whoever_asks_during_an_outage_hears_that_the_database_is_away(
    cluster: Cluster, pooler: Pooler
) -> None:
    async with connect(pooler.url) as database:
        steps = Counting(database)
        await steps.reading()
        failures = 0
        async with asyncio.timeout(BACK_S):
            while failures == 0 or steps.rounds["reading"] < 5:
                if failures == 0:
                    # It may be back before anybody asks: then there was nothing to hear.
                    cluster.server.send(signal.SIGINT)
                try:
                    await steps.reading()
                except UnavailableError:
                    failures += 1
                    steps.rounds["reading"] = 0
