"""Jobs submitted and completed a second, beside bare inserts into the same database."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
import asyncpg

from sptjobs.stack.running import running_stack
from tests.support.databases import empty_database
from tests.support.postgresql import binaries, private_cluster
from tests.support.service import Service, grid_of_targets

_WORKERS = {"SPT_EXECUTE_WORKERS": "2", "SPT_SLOTS": "1", "SPT_MAX_ACTIVE_JOBS": "100000"}
_SMALL = {"size": 5, "bands": ["150GHz"]}
_ROW = "x" * 1000


@dataclass(frozen=True, slots=True)
class Rates:
    """What one database gave, each a second, to so many clients beside each other."""

    database: str
    clients: int
    submitted: float
    completed: float
    inserts: float


def databases() -> list[str]:
    """The databases that can be measured on this machine."""
    return ["SQLite", "PostgreSQL"] if binaries() else ["SQLite"]


def measure(var: Path, archive: Path, database: str, count: int, clients: int) -> Rates:
    """Submit ``count`` jobs of one stamp as fast as clients can, to two execute workers.

    Each client waits for a response before it sends the next request.
    """
    var.mkdir(parents=True, exist_ok=True)
    fill_archive(archive)
    with _url(database) as url:
        settings = _WORKERS | {"SPT_ARCHIVE": str(archive)}
        settings |= {"SPT_DATABASE_URL": url} if url else {}
        with running_stack(var, settings) as stack:
            service = Service.of(stack)
            service.wait_final(service.create(_document(grid_of_targets(1)[0])))
            inserts = asyncio.run(_inserts_postgresql(url)) if url else _inserts_sqlite(var)
            begun = time.monotonic()
            jobs = asyncio.run(_submitted(service, count, clients))
            submitted_s = time.monotonic() - begun
            _wait_for_all(service, jobs)
            completed_s = time.monotonic() - begun
    return Rates(database, clients, count / submitted_s, count / completed_s, inserts)


def fill_archive(archive: Path) -> None:
    """Make the stack's own maps, unless a benchmark before this one did."""
    if not any(archive.glob("*")):
        sptjobs = Path(sys.executable).parent / "sptjobs"
        subprocess.run([sptjobs, "archive", "synth", "--out", archive], check=True)


def _document(place: object) -> dict[str, object]:
    return _SMALL | {"positions": [place], "phase": "RUN"}


async def _submitted(service: Service, count: int, clients: int) -> list[str]:
    """Submit jobs, and give their addresses."""
    places, made = iter(grid_of_targets(count)), list[str]()
    headers = {"Authorization": f"Bearer {service.stack.token}"}

    async def submit(session: aiohttp.ClientSession) -> None:
        for place in places:
            async with session.post(
                service.jobs, json=_document(place), allow_redirects=False
            ) as response:
                assert response.status == HTTPStatus.SEE_OTHER, await response.text()
                made.append(response.headers["Location"])

    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.gather(*(submit(session) for _ in range(clients)))
    return made


def _wait_for_all(service: Service, jobs: list[str]) -> None:
    """Wait until none is left; whoever waits asks for one job at a time, to take little."""
    for phase in ("QUEUED", "EXECUTING"):
        while service.get(service.jobs, PHASE=phase, LAST="1").json()["jobs"]:
            time.sleep(0.1)
    response = service.get(service.jobs, PHASE="COMPLETED", LAST=str(2 * len(jobs)))
    ended = {job["id"] for job in response.json()["jobs"]}
    assert {job.rpartition("/")[2] for job in jobs} <= ended


@contextmanager
def _url(database: str) -> Iterator[str | None]:
    if database == "SQLite":
        yield None
        return
    with private_cluster() as server, asyncio.Runner() as runner:
        making = empty_database(server, Path())
        yield runner.run(making.__aenter__())
        runner.run(making.__aexit__(None, None, None))


def _inserts_sqlite(var: Path, seconds: float = 2.0) -> float:
    """Rate of inserts of a row, a commit each, as durable as the service's."""
    path = var / "bare.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, row TEXT)")
        begun, count = time.monotonic(), 0
        while time.monotonic() - begun < seconds:
            connection.execute("INSERT INTO bare (row) VALUES (?)", (_ROW,))
            count += 1
        return count / (time.monotonic() - begun)


async def _inserts_postgresql(url: str, seconds: float = 2.0) -> float:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        await connection.execute("CREATE TABLE bare (number bigserial PRIMARY KEY, row text)")
        begun, count = time.monotonic(), 0
        while time.monotonic() - begun < seconds:
            await connection.execute("INSERT INTO bare (row) VALUES ($1)", _ROW)
            count += 1
        return count / (time.monotonic() - begun)
    finally:
        await connection.close()
