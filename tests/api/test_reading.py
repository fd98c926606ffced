"""What one user sends keeps nobody else waiting, however long it takes to read."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sptapi.keys import READERS
from sptapi.reading.readers import Readers, SharedArgument
from sptjobs.settings import Rate
from sptjobs.uws.errors import ParameterError, RateError, TooLargeError, UnavailableError
from tests.api.conftest import GOOD, JOBS, JSON, Api, Serve
from tests.support.embedded import forget_counts
from tests.support.slow_work import break_down, end, fill_memory, hold, name_of, refuse

pytestmark = pytest.mark.any_database

BULK = b"x" * 1000
"""Makes an order so long that it is carried out in a process."""

VALIDATE = "/api/v1/cutout/validate"
TABLE = "/api/v1/cutout/table"


@pytest.fixture
async def readers() -> Any:
    made = Readers(2, timeout_s=1.5)
    yield made
    await made.aclose()


async def test_a_short_request_is_read_at_once_and_a_long_one_in_a_process(
    readers: Readers,
) -> None:
    assert await readers.run("ada", hold, 0.0) == os.getpid()
    first = await readers.run("ada", hold, 0.0, BULK)
    assert first != os.getpid()
    assert await readers.run("eve", hold, 0.0, BULK) == first


async def test_what_takes_too_long_is_killed_and_the_next_request_is_read(
    readers: Readers,
) -> None:
    pid = await readers.run("ada", hold, 0.0, BULK)
    with pytest.raises(UnavailableError, match=r"not read within 1\.5 s; send fewer targets"):
        await readers.run("ada", hold, 60.0, BULK)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert await readers.run("ada", hold, 0.0, BULK) != pid


async def test_the_loop_and_other_users_go_on_while_one_users_requests_are_read(
    readers: Readers,
) -> None:
    await asyncio.gather(*(readers.run(name, hold, 0.3, BULK) for name in ("ada", "eve")))
    slow = [asyncio.create_task(readers.run("ada", hold, 30.0, BULK)) for _ in range(6)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await readers.run("eve", hold, 0.0, BULK)
    assert time.monotonic() - began < 1
    results = await asyncio.gather(*slow, return_exceptions=True)
    assert {type(each) for each in results} == {UnavailableError}


async def test_more_than_a_user_may_have_under_way_is_refused_and_others_are_not(
    readers: Readers,
) -> None:
    slow = [asyncio.create_task(readers.run("ada", hold, 0.5, BULK)) for _ in range(32)]
    await asyncio.sleep(0)
    with pytest.raises(RateError, match="too many of your requests") as refused:
        await readers.run("ada", hold, 0.0, BULK)
    assert refused.value.retry_after_s > 0
    await readers.run("eve", hold, 0.0, BULK)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    await readers.run("ada", hold, 0.0, BULK)


async def test_an_error_of_the_function_comes_back_whole(readers: Readers) -> None:
    with pytest.raises(ParameterError) as refused:
        await readers.run("ada", refuse, BULK)
    error = refused.value
    assert (error.field, error.value, error.row, error.reason) == ("RA", "x", 7, "is wrong")
    assert str(error) == error.message


async def test_a_mistake_of_the_program_is_logged_and_leaves_the_process_usable(
    readers: Readers, capfd: pytest.CaptureFixture[str]
) -> None:
    pid = await readers.run("ada", hold, 0.0, BULK)
    with pytest.raises(RuntimeError):
        await readers.run("ada", break_down, BULK)
    assert "KeyError: 'a mistake'" in capfd.readouterr().err
    assert await readers.run("ada", hold, 0.0, BULK) == pid


@pytest.mark.parametrize(
    ("function", "error"), [(end, UnavailableError), (fill_memory, TooLargeError)]
)
async def test_a_process_that_ends_or_runs_out_of_memory_harms_one_request(
    readers: Readers, function: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await readers.run("ada", function, BULK)
    await readers.run("ada", hold, 0.0, BULK)


async def test_a_shared_argument_is_sent_once_and_again_when_it_is_another(
    readers: Readers,
) -> None:
    for value in ("first", "first", "second", "first"):
        shared = SharedArgument.of(value, value)
        assert (await readers.run("ada", name_of, BULK, shared=shared))[1] == value
    # Its content is not looked at where the process holds that name.
    lost = SharedArgument("first", b"no pickle")
    assert (await readers.run("ada", name_of, BULK, shared=lost))[1] == "first"


async def test_a_request_that_is_given_up_ends_its_process(readers: Readers) -> None:
    pid = await readers.run("ada", hold, 0.0, BULK)
    task = asyncio.create_task(readers.run("ada", hold, 60.0, BULK))
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("path", [JOBS, VALIDATE])
async def test_a_request_that_takes_too_long_is_503_and_says_what_to_do(
    api: Api, path: str
) -> None:
    api.app[READERS]._timeout_s = 0.0001
    table = "RA,DEC\n" + "".join(f"{n / 100},-57\n" for n in range(2000))
    response = await api.post(path, {"POSITIONS": table}, headers=JSON)
    assert response.status == 503
    assert "Retry-After" in response.headers
    assert "within" in (await response.json(content_type=None))["detail"]


async def test_ready_and_live_need_none_of_the_threads_that_requests_use(api: Api) -> None:
    release = threading.Event()
    loop = asyncio.get_running_loop()
    busy = [loop.run_in_executor(None, release.wait, 20) for _ in range(20)]
    try:
        for path in ("/live", "/ready"):
            began = time.monotonic()
            assert (await api.get(path, user=None)).status == 200
            assert time.monotonic() - began < 4
    finally:
        release.set()
    await asyncio.gather(*busy)


@pytest.mark.parametrize(("rule", "path"), [("validate", VALIDATE), ("async", JOBS)])
async def test_reading_is_limited_for_each_user(
    serve: Serve, broker_url: str, rule: str, path: str
) -> None:
    forget_counts(broker_url)
    api = await serve(rates=((rule, Rate(2, 60)),))
    sent = [await api.post(path, GOOD) for _ in range(3)]
    assert [each.status for each in sent[:2]] == [sent[0].status] * 2
    assert sent[2].status == 429
    assert int(sent[2].headers["Retry-After"]) > 0
    assert (await api.post(path, GOOD, user="eve")).status == sent[0].status


async def test_tables_are_limited_for_each_user(serve: Serve, broker_url: str) -> None:
    forget_counts(broker_url)
    api = await serve(rates=(("table", Rate(1, 60)),))
    assert [(await api.post(TABLE, GOOD)).status for _ in range(2)] == [400, 429]


PIECE = b"x" * (1 << 16)


async def upload(api: Api, user: str, pieces: int, go_on: asyncio.Event) -> int:
    """Send so much of a body, the last of it only at a signal; give the status."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE
            await asyncio.sleep(0)
        await go_on.wait()
        yield b"x"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return (await api.post(JOBS, body(), user=user, headers=headers)).status


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(("uploads", "pieces"), [(2, 8), (8, 2)])
async def test_what_one_user_s_slow_bodies_hold_is_limited_and_others_send_as_always(
    api: Api, monkeypatch: pytest.MonkeyPatch, uploads: int, pieces: int
) -> None:
    limit = uploads * pieces * len(PIECE)
    monkeypatch.setattr("sptapi.reading.readers._MAX_WAITING_BYTES", limit)
    ada = (await api.document("/api/v1/account"))["id"]
    accounts, go_on = api.app[READERS]._accounts, asyncio.Event()
    await api.token("eve")
    slow = [asyncio.create_task(upload(api, "ada", pieces, go_on)) for _ in range(uploads)]
    await until(lambda: ada in accounts and accounts[ada].size == limit)
    refused = await api.post(JOBS, GOOD, headers=JSON)
    assert refused.status == 429
    assert "Retry-After" in refused.headers
    assert (await api.post(JOBS, GOOD, user="eve")).status == 303
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    await until(lambda: not accounts)
    assert (await api.post(JOBS, GOOD)).status == 303
