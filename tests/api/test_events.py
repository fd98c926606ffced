"""Server-sent events: what happens to jobs is sent once, in order, to those who may know."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.keys import FEED
from sptjobs.store.database import Database
from sptjobs.store.schema import part
from sptjobs.watching.feed import JobFeed
from tests.api.conftest import Api, Serve

ALL = "/api/v1/cutout/events"
Cut = Callable[..., Awaitable[dict[str, bytes]]]


class Stream:
    """Events as a browser would see them."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.last_id = ""

    async def next(self, seconds: float = 10) -> tuple[str, Any]:
        """Read the next event: its kind and its data; a comment is of the kind ``:``."""
        async with asyncio.timeout(seconds):
            while True:
                block = (await self.response.content.readuntil(b"\n\n")).decode()
                if block.startswith(":"):
                    return ":", block[1:].strip()
                lines = dict(line.split(": ", 1) for line in block.strip().splitlines())
                self.last_id = lines.get("id", self.last_id)
                if "data" in lines:
                    return lines["event"], json.loads(lines["data"])

    async def until(self, phase: str) -> Any:
        while True:
            kind, data = await self.next()
            if kind == "job" and data["phase"] == phase:
                return data


@asynccontextmanager
async def stream(
    api: Api, path: str, *, user: str = "ada", last: str = ""
) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {await api.token(user)}"}
    if last:
        headers["Last-Event-ID"] = last
    async with api.http.get(api.base + path, headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def test_a_job_is_stated_of_from_its_making_to_its_end(api: Api, cut: Cut) -> None:
    async with stream(api, ALL) as events:
        assert await events.next() == ("sync", {})
        path = await api.new_job(RUNID="mine")
        made = await events.until("PENDING")
        assert (made["id"], made["runId"]) == (path.rpartition("/")[2], "mine")
        await api.post(path + "/phase", {"PHASE": "RUN"})
        await events.until("QUEUED")
        await cut(path)
        done = await events.until("COMPLETED")
        assert done["jobInfo"]["outcomes"]["ok"] == 2
        assert done["endTime"]
        await api.post(path, {"RUNID": "renamed"})
        assert (await events.until("COMPLETED"))["runId"] == "renamed"


async def test_progress_within_a_phase_is_stated_without_messages(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN")
    await cut(path, finished=False)
    async with stream(api, f"{path}/events") as events:
        await events.until("EXECUTING")
        async with api.engine.database.write() as connection:
            await connection.execute(sa.update(part).values(pairs_done=17))
        assert (await events.until("EXECUTING"))["jobInfo"]["progress"]["pairs_done"] == 17
        await api.call("DELETE", path)
        kind, data = await events.next()
        assert (kind, data) == ("gone", {"id": path.rpartition("/")[2]})


async def test_everybody_hears_of_their_own_jobs_only(api: Api) -> None:
    async with stream(api, ALL) as ada, stream(api, ALL, user="eve") as eve:
        await api.new_job(RUNID="ada's")
        await api.new_job(RUNID="eve's", user="eve")
        assert (await ada.until("PENDING"))["runId"] == "ada's"
        assert (await eve.until("PENDING"))["runId"] == "eve's"
        for events in (ada, eve):
            with pytest.raises(TimeoutError):
                await events.next(1.5)


async def test_who_may_not_listen_is_stated_before_the_stream_begins(api: Api) -> None:
    path = await api.new_job()
    assert (await api.get(ALL, user=None)).status == 401
    assert (await api.get(f"{path}/events", user=None)).status == 401
    assert (await api.get(f"{path}/events", user="eve")).status == 404
    assert (await api.get(path[:-32] + "0" * 32 + "/events")).status == 404


async def test_a_lost_connection_goes_on_where_it_was_broken(api: Api) -> None:
    async with stream(api, ALL) as events:
        await api.new_job(RUNID="first")
        await events.until("PENDING")
    await api.new_job(RUNID="second")
    async with stream(api, ALL, last=events.last_id) as again:
        kind, data = await again.next()
        assert (kind, data["runId"]) == ("job", "second")
    for unknown in ("00000000-5", events.last_id[:9] + "99999999", "x"):
        async with stream(api, ALL, last=unknown, user="eve") as other:
            assert (await other.next())[0] == "sync"


async def test_a_heartbeat_keeps_a_silent_stream_open(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.handlers.events.HEARTBEAT_S", 0.2)
    async with stream(api, ALL) as events:
        assert (await events.next())[0] == "sync"
        assert [await events.next() for _ in range(3)] == [(":", "still here")] * 3


async def test_a_stream_ends_so_that_who_asks_is_proved_anew(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.handlers.events.LONGEST_S", 0.3)
    async with stream(api, ALL) as events, asyncio.timeout(5):
        await events.response.read()


async def test_a_shutdown_frees_streams_at_once(serve: Serve) -> None:
    api = await serve()
    async with stream(api, ALL) as events:
        await events.next()
        async with asyncio.timeout(3):
            await api.app.shutdown()
            assert await events.response.read() == b""


async def test_one_user_cannot_open_streams_without_end(api: Api) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(stream(api, ALL))
        assert (await api.get(ALL)).status == 429
        await stack.enter_async_context(stream(api, ALL, user="eve"))
    async with asyncio.timeout(5):
        while api.app[FEED]._listeners:
            await asyncio.sleep(0.05)


async def test_queries_do_not_grow_with_the_listeners(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    reading = Database.read

    def counted(self: Database) -> Any:
        nonlocal looks
        looks += 1
        return reading(self)

    feed = JobFeed(api.engine.database)
    path = await api.new_job()
    account = (await api.document("/api/v1/account"))["id"]
    monkeypatch.setattr(Database, "read", counted)
    with ExitStack() as stack:
        monkeypatch.setattr("sptjobs.watching.feed._MAX_STREAMS", 5000)
        listeners = [stack.enter_context(feed.listening(account, None, None)) for _ in range(2000)]
        feed.tell(path.rpartition("/")[2])
        await feed.look()
        assert looks == 1
        assert all(len(listener.waiting) == 1 for listener in listeners)
