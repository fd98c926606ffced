"""Requests as bytes: whatever stands in headers and paths, the response is never 5xx."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from urllib.parse import quote_from_bytes

import pytest

from sptapi.routes import ROUTES
from tests.api.conftest import GOOD, Api, Serve
from tests.support.provider import Provider, running
from tests.support.scale import scaled
from tests.support.sign_in import Desk, new_browser, settings_for

HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding",
    "Content-Type", "Cookie", "Expect", "Forwarded", "If-Match", "If-Modified-Since",
    "If-None-Match", "If-Range", "Last-Event-ID", "Origin", "Range", "Referer", "Sec-Fetch-Mode",
    "Sec-Fetch-Site", "Sec-Purpose", "User-Agent", "X-CSRF-Token", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-ID", "X-Anything",
)  # fmt: skip
"""Every header that the server or its library reads, and some that nobody does."""

VALUES = (
    b"\xff\xfe", b"\xe9t\xe9", b"text/html;q=\xb2", b"\xc3\x28",
    "\N{ARABIC-INDIC DIGIT FIVE}".encode(),
    b"bytes=\xb2-", b'"\xff"', b"a" * 7000, b"", b";=,", b"%ff%00", b"Bearer \xff.\xff.\xff",
    b"Basic /////w==", b"spt-session=\xff", b'x="\\377"; y=\xf0', b"\xf0\x9f\x94\xad", b"0\xa0",
    b"\xed\xa0\x80", b"NaN", b"1e999", b"-1", b"gzip\xff", b"http://\xff/", b"http://[",
    b"same-origin\x80",
)  # fmt: skip
PATHS = sorted({route.path for route in ROUTES if route.method == "GET"})
NASTY = (
    b"\0",
    b"\x01",
    b"\xff",
    b"\xed\xa0\x80",
    b"a" * 256,
    b"a" * 5000,
    b"..",
    b".",
    b"%",
    b"'\"",
)


async def status_of(port: int, method: str, path: str, *headers: bytes) -> int:
    """Send a request of bytes and give its status; 0 where the connection is just closed."""
    reader, writer = await _send(port, method, path, headers)
    try:
        async with asyncio.timeout(20):
            line = await reader.readline()
        return int(line.split()[1]) if line else 0
    finally:
        writer.close()


async def response_to(port: int, method: str, path: str, *headers: bytes) -> tuple[int, str]:
    """Send a request of bytes; give the status and all text of the response, its head too."""
    reader, writer = await _send(port, method, path, headers)
    try:
        async with asyncio.timeout(20):
            text = (await reader.read()).decode("latin-1")
        return int(text.split()[1]), text
    finally:
        writer.close()


async def _send(
    port: int, method: str, path: str, headers: tuple[bytes, ...]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = (f"{method} {path} HTTP/1.1".encode(), b"Host: x", b"Connection: close", *headers)
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
    return reader, writer


@pytest.fixture
async def served(serve: Serve) -> AsyncIterator[Api]:
    async with running(Provider()) as provider:
        yield await serve(sign_in=settings_for(provider.issuer), wait_cap_s=0.2)


def filled(path: str, job: str) -> str:
    """Put ids into a path; what else has a place in it is a word."""
    return re.sub(r"\{[^}]*\}", "x", path.replace("{job_id}", job))


async def test_no_header_of_any_bytes_gives_5xx(served: Api) -> None:
    job = (await served.new_job(user="root")).rpartition("/")[2]
    token = b"Authorization: Bearer " + (await served.token("root", "spt3g-admins")).encode()
    chance = random.Random(15)
    asked = [(name, value) for name in HEADERS for value in VALUES]
    for name, value in chance.sample(asked, min(len(asked), scaled(200, len(asked)))):
        path = filled(chance.choice([each for each in PATHS if "events" not in each]), job)
        known = (token,) if name != "Authorization" and chance.random() < 0.7 else ()
        status = await status_of(
            served.settings.port, "GET", path, *known, name.encode() + b": " + value
        )
        assert status < 500, (path, name, value)


async def test_a_browser_that_names_itself_in_no_utf_8_signs_in(
    serve: Serve,
) -> None:
    async with running(Provider()) as provider, new_browser() as browser:
        api = await serve(sign_in=settings_for(provider.issuer))
        desk = Desk(api, provider, browser)
        callback = await desk.at_the_callback()
        cookies = "; ".join(f"{n}={v}" for n, v in browser.cookies(api.base).items())
        headers = (b"User-Agent: Netsc\xe4pe \xff", b"Cookie: " + cookies.encode())
        path = callback.removeprefix(api.settings.public_url)
        assert await status_of(api.settings.port, "GET", path, *headers) == 303
        (row,) = await desk.rows()
        assert "Netsc" in str(row)


@pytest.mark.parametrize("signed_in", [False, True])
async def test_no_id_or_name_in_a_path_gives_5xx(served: Api, signed_in: bool) -> None:
    job = (await served.new_job(user="root")).rpartition("/")[2]
    token = b"Authorization: Bearer " + (await served.token("root", "spt3g-admins")).encode()
    browser, chance = b"Accept: text/html,application/xhtml+xml,*/*;q=0.8", random.Random(256)
    for route in ROUTES:
        if "{" not in route.path:
            continue
        # What no database takes is tried everywhere.
        others = chance.sample(NASTY[1:], scaled(2, len(NASTY) - 1))
        for value in (NASTY[0], *others):
            text = quote_from_bytes(value, safe="")
            paths = {route.path.replace("{job_id}", each) for each in (job, text)}
            for path in paths:
                address = re.sub(r"\{[^}]*\}", text, path)
                sent = (token,) if signed_in else (browser,)
                status = await status_of(served.settings.port, route.method, address, *sent)
                assert status < 500, (route.method, address)


@pytest.mark.parametrize("expected", [b"100-continue", b"100-Continue", b"\xff", b"more"])
async def test_an_expectation_is_met_or_ignored(served: Api, expected: bytes) -> None:
    head = b"Expect: " + expected
    status = await status_of(served.settings.port, "GET", "/live", head)
    assert status == (100 if expected.lower() == b"100-continue" else 200)


@pytest.mark.parametrize(
    "expected", [b"\xff", b"more", b"\xc3\x28=1", b"100-continu\xe9", b"a" * 7000]
)
@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        (404, "GET", "/nothing"),
        (404, "POST", "/api/v1/nothing/at/all"),
        (404, "GET", "/api/v1/cutout/asynk"),
        (404, "OPTIONS", "*"),
        (405, "DELETE", "/live"),
        (405, "OPTIONS", "/"),
        (405, "PUT", "/api/v1/cutout/async/00"),
        (405, "PATCH", "/files/jobs/00/out/x"),
    ],
)
async def test_the_service_itself_refuses_what_is_not_there_whatever_is_expected(
    served: Api, status: int, method: str, path: str, expected: bytes
) -> None:
    plain = b"Accept: application/json"
    got, text = await response_to(served.settings.port, method, path, plain, b"Expect: " + expected)
    assert got == status
    assert "application/problem+json" in text
    assert "Server: sptapi" in text
    assert "X-Request-ID: " in text
    assert ("Allow: " in text) == (status == 405)


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/cutout/async/00"])
async def test_who_asks_before_sending_a_body_is_refused_without_it(served: Api, path: str) -> None:
    got, text = await response_to(served.settings.port, "PUT", path, b"Expect: 100-continue")
    assert got == 100
    assert text.count("HTTP/1.1 4") == 1


NUL = "a%00b"
TEXTS = (
    f"/api/v1/cutout/async?TEXT={NUL}", f"/api/v1/cutout/async?PHASE={NUL}",
    f"/api/v1/cutout/async?AFTER={NUL}", f"/api/v1/cutout/async?SORT={NUL}",
    f"/ops/jobs?USER={NUL}", f"/ops/jobs?TEXT={NUL}", f"/api/v1/maps?BAND={NUL}",
    f"/account/login?next={NUL}", f"/account/callback?state={NUL}&code={NUL}&iss={NUL}",
)  # fmt: skip
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/api/v1/cutout/async", GOOD | {"RUNID": "a\0"}),
    ("/api/v1/cutout/async", GOOD | {"OBJID": "a\0"}),
    ("/api/v1/cutout/async", GOOD | {"COADD": "a\0"}),
    ("/api/v1/cutout/async", {"RETRY_OF": "a\0"}),
    ("/api/v1/cutout/async", {"SINCE_JOB": "a\0"}),
    ("/api/v1/cutout/async", {"POSITIONS": "RA,DEC,OBJID\n1,-57,a\0\n"}),
    ("/api/v1/cutout/async", {"POSITIONS": "RA,DEC,X\n1,-57,a\0\n"}),
    ("/api/v1/cutout/async", {"UPLOAD": "positions,param:a\0"}),
    ("/api/v1/account/token/refresh", {"NAME": "a\0"}),
    ("/ops/deadletters", {"QUEUE": "a\0", "UNTIL": "a\0"}),
)


async def test_a_nul_in_any_text_is_4xx_on_every_database(served: Api) -> None:
    for path in TEXTS:
        response = await served.get(path, user="root")
        assert response.status < 500, (path, await response.text())
    for path, fields in FORMS:
        response = await served.post(path, fields, user="root")
        assert 400 <= response.status < 500, (path, fields, await response.text())
    response = await served.call(
        "POST", "/api/v1/cutout/async", user="root", json={"ra": 1, "dec": -57, "x\0": "\0"}
    )
    assert response.status == 400
    job = await served.new_job(user="root")
    for change in ({"RUNID": "a\0"}, {"ACTION": "a\0"}, {"PHASE": "a\0"}):
        assert (await served.post(job, change, user="root")).status == 400
    response = await served.post(f"{job}/parameters", {"OBJID": "a\0"}, user="root")
    assert response.status == 400


async def test_a_name_too_long_for_a_file_leads_to_the_sign_in_too(served: Api) -> None:
    for length in (255, 256, 4000):
        browser = b"Accept: text/html,application/xhtml+xml,*/*;q=0.8"
        status = await status_of(
            served.settings.port, "GET", "/app/cutout/" + "a" * length, browser
        )
        assert status == 303
