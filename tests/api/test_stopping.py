"""A server that stops: what a client began is finished, and nothing stays open."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from sptapi.keys import OPEN_REQUESTS
from tests.api.conftest import GOOD, JOBS, Api, Serve


@asynccontextmanager
async def locked_jobs(api: Api) -> AsyncIterator[None]:
    """Keep all others from writing jobs while the block runs."""
    database = api.engine.database
    # A transaction of SQLite locks the database with its first statement.
    statement = "SELECT 1" if database.is_sqlite else "LOCK TABLE job IN EXCLUSIVE MODE"
    async with database.write() as connection:
        await connection.execute(text(statement))
        yield


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not met():
            await asyncio.sleep(0.01)


async def begin(api: Api, method: str, path: str, body: str = "") -> asyncio.StreamWriter:
    """Send a request and wait for nothing."""
    _, writer = await asyncio.open_connection("127.0.0.1", api.settings.port)
    head = (
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{api.settings.port}",
        f"Authorization: Bearer {await api.token('ada')}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
    return writer


@pytest.mark.parametrize("hang_up", [True, False], ids=["client gone", "client waiting"])
async def test_a_change_under_way_is_finished_before_a_stopping_server_closes(
    serve: Serve, hang_up: bool
) -> None:
    stopping, other = await serve(), await serve()
    await stopping.token("ada")
    async with locked_jobs(other):
        writer = await begin(stopping, "POST", JOBS, urlencode(GOOD | {"RUNID": "last"}))
        # The request itself, and the change that it began.
        await until(lambda: len(stopping.app[OPEN_REQUESTS]._tasks) == 2)
        if hang_up:
            writer.close()
        stop = asyncio.create_task(stopping.runner.cleanup())
        await asyncio.sleep(0.3)
        assert not stop.done()
    await stop
    writer.close()
    (job,) = (await other.document(f"{JOBS}?LAST=5"))["jobs"]
    assert job["runId"] == "last"
    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert not [str(each.message) for each in unclosed]
