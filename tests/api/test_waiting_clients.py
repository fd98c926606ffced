"""Thousands wait at one server, as a process of its own: it stays small and quick."""

import asyncio
import logging
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from sptjobs.store.opening import open_database
from tests.api.conftest import GOOD, JOBS, JSON
from tests.api.test_many_waiters import copies
from tests.api.test_serving import environment, serving, token_of_ada
from tests.support.memory import anonymous_bytes, peaks
from tests.support.scale import scaled

__all__ = ["environment"]

pytestmark = pytest.mark.alone

_log = logging.getLogger(__name__)

WAITERS = scaled(200, 2_000)
CHANGED = scaled(50, 500)
MOST_BYTES = 250e6
WAIT_S = 110
APART_S = 0.005
"""From one client to the next."""

READS = 300
ROUNDS = 3
"""A busy machine may spoil a round of reads; the server would spoil all of them."""

SOON_S = 0.1
BUSY_S = 1.0
"""A busy machine may hold up some who are woken, not half."""


@dataclass(frozen=True)
class Server:
    """A server's process and database, and a client with any number of connections to it."""

    pid: int
    database_url: str
    jobs: str
    http: aiohttp.ClientSession

    def connections(self) -> int:
        """At most so many clients are connected: files that are open count too."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    async def new_jobs(self, count: int) -> list[str]:
        async with self.http.post(self.jobs, data=GOOD, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            first = response.headers["Location"].rpartition("/")[2]
        async with open_database(self.database_url) as database:
            return [f"{self.jobs}/{each}" for each in await copies(database, first, count)]

    async def phase(self, job: str, **parameters: str) -> str:
        async with self.http.get(job, params=parameters) as response:
            assert response.status == 200, await response.text()
            return str((await response.json())["phase"])

    async def abort(self, job: str) -> None:
        url, fields = f"{job}/phase", {"PHASE": "ABORT"}
        async with self.http.post(url, data=fields, allow_redirects=False) as response:
            assert response.status == 303, await response.text()


@pytest.fixture
async def server(environment: dict[str, str]) -> AsyncIterator[Server]:
    headers = JSON | {"Authorization": f"Bearer {token_of_ada(environment)}"}
    connector = aiohttp.TCPConnector(limit=0)
    with serving(environment | {"SPT_WAIT_CAP_S": str(WAIT_S)}) as process:
        async with aiohttp.ClientSession(connector=connector, headers=headers) as http:
            base = f"http://127.0.0.1:{environment['SPT_PORT']}/spt3g"
            yield Server(process.pid, environment["SPT_DATABASE_URL"], base + JOBS, http)


class Crowd:
    """Clients each of which waits for a change of a job of its own.

    Attributes
    ----------
    woken
        When each was told of its change, by the address of its job.
    """

    def __init__(self, server: Server, jobs: list[str]) -> None:
        self.woken: dict[str, float] = {}
        self._server = server
        self.tasks = [
            asyncio.create_task(self._wait(job, number * APART_S))
            for number, job in enumerate(jobs)
        ]

    async def _wait(self, job: str, begin_s: float) -> None:
        await asyncio.sleep(begin_s)
        while await self._server.phase(job, WAIT=str(WAIT_S), PHASE="PENDING") == "PENDING":
            pass
        self.woken[job] = time.monotonic()


@asynccontextmanager
async def crowd_at(server: Server, jobs: list[str]) -> AsyncIterator[Crowd]:
    """Have clients wait until the block ends, which begins when the server has all of them."""
    crowd = Crowd(server, jobs)
    try:
        async with asyncio.timeout(WAIT_S):
            while server.connections() < len(jobs):
                await asyncio.sleep(0.1)
        # The last of them connected a moment ago.
        await asyncio.sleep(1)
        yield crowd
    finally:
        for task in crowd.tasks:
            task.cancel()
        await asyncio.gather(*crowd.tasks, return_exceptions=True)


async def read_p99(server: Server, job: str) -> float:
    """Seconds which one read of a job in a hundred exceeds."""
    seconds = []
    for _ in range(READS):
        begun = time.monotonic()
        assert await server.phase(job) == "PENDING"
        seconds.append(time.monotonic() - begun)
    return statistics.quantiles(seconds, n=100)[-1]


async def abort_each(server: Server, jobs: list[str]) -> dict[str, float]:
    """Abort jobs one after the other; give when each was done."""
    done = {}
    for job in jobs:
        await server.abort(job)
        done[job] = time.monotonic()
        await asyncio.sleep(0.02)
    return done


async def test_thousands_who_wait_take_little_memory_slow_no_reading_and_are_woken_at_once(
    server: Server,
) -> None:
    jobs = await server.new_jobs(WAITERS)
    before = anonymous_bytes(server.pid)
    with peaks(lambda: [server.pid]) as found:
        async with crowd_at(server, jobs) as crowd:
            rounds = [await read_p99(server, jobs[-1]) for _ in range(ROUNDS)]
            assert crowd.woken == {}
            changed = await abort_each(server, jobs[:CHANGED])
            await asyncio.wait_for(asyncio.gather(*crowd.tasks[:CHANGED]), 30)
            late = [crowd.woken[job] - moment for job, moment in changed.items()]
            assert len(crowd.woken) == CHANGED
    (most,) = found.values()
    _log.warning(
        "%d wait: %.0f MB of memory at most, %.0f MB before; p99 of a read %s s; "
        "woken after %.3f s (median), %.3f s (worst of %d)",
        *(WAITERS, most / 1e6, before / 1e6, [round(each, 4) for each in rounds]),
        *(statistics.median(late), max(late), CHANGED),
    )
    assert most < MOST_BYTES
    assert min(rounds) < SOON_S
    assert statistics.median(late) < SOON_S
    assert max(late) < BUSY_S
