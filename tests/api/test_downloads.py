"""Downloads of slow, stalled, greedy and vanished clients."""

import asyncio
import io
import logging
import tarfile
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from sptapi.http import streaming
from sptapi.keys import DOWNLOADS
from sptapi.services.command_line import operator_revoke
from sptapi.services.downloads import MAX_DOWNLOADS
from tests.api.conftest import Api

pytestmark = pytest.mark.any_database

Cut = Callable[..., Awaitable[dict[str, bytes]]]
STAMP = "/J0000-5748/J0000-5748_90GHz_1_fltd.fits"
BYTES = 24 << 20
"""More than all buffers on the way hold."""

KINDS = [".tar", ".tar?PATH=J0000-5748/", STAMP]


@pytest.fixture
async def out(api: Api, cut: Cut) -> str:
    """Give the address of the files of a job with one that is large."""
    path = await api.new_job(PHASE="RUN")
    await cut(path, stamp=bytes(BYTES))
    return f"/files/jobs/{path.rpartition('/')[2]}/out"


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def begin(api: Api, address: str, method: str = "GET") -> Connection:
    """Ask for a file, and read only the first line of the response."""
    reader, writer = await ask(api, address, method)
    assert b" 200 " in await reader.readline()
    return reader, writer


async def ask(api: Api, address: str, method: str = "GET") -> Connection:
    """Ask for a file, and read nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.settings.port, limit=1 << 12)
    head = f"{method} {address} HTTP/1.1\r\nHost: 127.0.0.1:{api.settings.port}\r\n"
    writer.write(f"{head}Authorization: Bearer {await api.token('ada')}\r\n\r\n".encode())
    return reader, writer


async def rest_of(reader: asyncio.StreamReader) -> int:
    """Count the bytes that still come."""
    received = 0
    try:
        while chunk := await reader.read(1 << 16):
            received += len(chunk)
    except ConnectionError:
        pass
    return received


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


def noise(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Lines of the log with a traceback, or that call for an operator."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.exc_info or record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_that_vanishes_leaves_one_line_and_no_traceback(
    api: Api, out: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _, writer = await begin(api, out + kind)
    writer.transport.abort()
    await until(lambda: not api.app[DOWNLOADS].running)
    await until(lambda: any(" 499 " in record.getMessage() for record in caplog.records))
    assert noise(caplog) == []


@pytest.mark.parametrize("error", [ConnectionResetError("reset"), BrokenPipeError("pipe")])
async def test_a_connection_that_breaks_while_it_is_written_to_leaves_no_traceback(
    api: Api,
    out: str,
    error: ConnectionError,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(web.StreamResponse, "write", broken)
    _, writer = await ask(api, out + STAMP)
    await until(lambda: any("the client is gone" in r.getMessage() for r in caplog.records))
    writer.transport.abort()
    assert noise(caplog) == []


@pytest.mark.parametrize(("method", "kind"), [*(("GET", kind) for kind in KINDS), ("POST", ".tar")])
async def test_a_download_ends_within_five_seconds_of_the_revocation_of_its_token(
    api: Api, out: str, method: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await begin(api, out + kind, method)
    assert await operator_revoke(api.settings, "ada") == 1
    async with asyncio.timeout(5):
        while api.app[DOWNLOADS].running:
            await asyncio.sleep(0.02)
    assert await rest_of(reader) < BYTES
    writer.transport.abort()
    assert noise(caplog) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_that_takes_nothing_is_cut_off(
    api: Api,
    out: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(streaming, "_STALL_S", 0.3)
    reader, writer = await begin(api, out + kind)
    await until(lambda: not api.app[DOWNLOADS].running)
    await until(lambda: any("took nothing for 0.3 s" in r.getMessage() for r in caplog.records))
    assert await rest_of(reader) < BYTES
    writer.transport.abort()
    assert noise(caplog) == []


async def test_a_client_that_is_slow_gets_everything(
    api: Api, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_STALL_S", 2.0)
    response = await api.http.get(
        f"{api.base}{out}.tar", headers={"Authorization": f"Bearer {await api.token('ada')}"}
    )
    body = bytearray()
    async for chunk in response.content.iter_chunked(4 << 20):
        body += chunk
        await asyncio.sleep(0.02)
    with tarfile.open(fileobj=io.BytesIO(bytes(body))) as tar:
        assert max(member.size for member in tar) == BYTES


@pytest.mark.parametrize("kind", KINDS)
async def test_one_user_has_so_many_downloads_at_once_and_others_have_theirs(
    api: Api, out: str, kind: str
) -> None:
    going = [await begin(api, out + kind) for _ in range(MAX_DOWNLOADS)]
    refused = await api.get(out + kind)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "wait" in await refused.text()
    assert (await api.get(out + "/request.json")).status == 200
    assert (await api.call("HEAD", out + kind, user="root")).status == 200
    for _, writer in going:
        writer.transport.abort()
    await until(lambda: not api.app[DOWNLOADS].running)
    assert (await api.call("HEAD", out + kind)).status == 200


async def test_many_downloads_take_little_memory_each(api: Api, out: str) -> None:
    first = await begin(api, out + ".tar")
    tracemalloc.start()
    try:
        going = [await begin(api, out + ".tar") for _ in range(MAX_DOWNLOADS - 1)]
        await asyncio.sleep(0.5)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for _, writer in (first, *going):
        writer.transport.abort()
    assert peak / (MAX_DOWNLOADS - 1) < 1 << 20
