"""However a body arrives: it is read, or refused, and holds nobody up."""

import asyncio
import gzip
import json
import re
import time
import zlib
from importlib.resources import files
from typing import Any

import pytest

from sptapi.http import bodies
from sptapi.routes import ROUTES
from sptjobs.settings import Rate
from tests.api.conftest import Api, Serve
from tests.support.embedded import forget_counts
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

pytestmark = pytest.mark.any_database

LOGOUT = "/account/backchannel-logout"
FORM = "application/x-www-form-urlencoded"
READING = sorted({route.path for route in ROUTES if route.method == "POST"})
NAMES_OF_THEIR_OWN = (
    "/api/v1/account/notices",
    "/api/v1/account/token/refresh",
    "/api/v1/cutout/async/{jobId}/comments",
    "/api/v1/cutout/async/{jobId}/shares",
    "/api/v1/cutout/saved",
    "/api/v1/cutout/saved/{savedId}",
)
"""Readers of JSON that have no parameter of a cutout."""

CUT_SHORT = gzip.compress(b"RA=1&DEC=-57" * 100)[:30]


def posted(*, json_too: bool) -> list[str]:
    """Addresses where a token is enough that read forms alone, or JSON too."""
    paths = json.loads(files("sptapi").joinpath("openapi.json").read_text("utf-8"))["paths"]
    bodies_of = {path: each.get("post", {}).get("requestBody") for path, each in paths.items()}
    return [
        path
        for path, body in bodies_of.items()
        if body is not None and ("application/json" in body["content"]) is json_too
        if not path.startswith("/account/") and path != "/ops/"
    ]


async def raw_status(port: int, head: str, body: bytes = b"", *, hang_up: bool = False) -> int:
    """Send a request byte by byte as it stands; give its status, 0 when there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode("latin-1") + b"\r\n\r\n" + body)
        if hang_up:
            writer.write_eof()
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    finally:
        writer.close()


def head_of(path: str, *headers: str) -> str:
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: x", *headers))


async def test_slow_bodies_without_a_token_are_ended_and_keep_nobody_waiting(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SMALL_TIMEOUT_S", 0.5)
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        head = head_of(LOGOUT, f"Content-Type: {FORM}", "Content-Length: 1000")
        slow = [
            asyncio.create_task(raw_status(api.settings.port, head, b"logout_token="))
            for _ in range(100)
        ]
        await asyncio.sleep(0.1)
        assert (await api.get("/live", user=None)).status == 200
        began = time.monotonic()
        assert set(await asyncio.gather(*slow)) == {400}
        assert time.monotonic() - began < 5


async def test_a_flood_of_logouts_is_429_and_others_sign_in(serve: Serve, broker_url: str) -> None:
    forget_counts(broker_url)
    async with running(Provider()) as provider, new_browser() as browser:
        api = await serve(
            sign_in=settings_for(provider.issuer), rates=(("backchannel-logout", Rate(3, 60)),)
        )
        sent = [await api.post(LOGOUT, {"logout_token": "x"}, user=None) for _ in range(4)]
        assert [each.status for each in sent] == [400, 400, 400, 429]
        assert (await Desk(api, provider, browser).sign_in()).status == 200


MALFORMED: dict[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", b"x"),
    "a broken multipart body": ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
    "a part without a name": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
    ),
    "a form that is not UTF-8": (FORM, b"logout_token=\xff"),
    "escapes that are not UTF-8": (FORM, b"logout_token=%ff%fe"),
    "too many fields": (FORM, b"a=1&" * 12_000),
    "a type of another kind": ("text/csv", b"a,b"),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("path", [LOGOUT, "/api/v1/cutout/async", "/ops/deadletters"])
async def test_a_malformed_body_is_refused(serve: Serve, name: str, path: str) -> None:
    content_type, body = MALFORMED[name]
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        user = None if path == LOGOUT else "root"
        response = await api.post(path, body, user=user, headers={"Content-Type": content_type})
        assert response.status in {400, 415}, await response.text()


ENCODED: dict[str, tuple[str, bytes]] = {
    "gzip that is none": ("gzip", b"RA=1&DEC=-57"),
    "gzip that is cut short": ("gzip", CUT_SHORT),
    "deflate that is none": ("deflate", b"\xff" * 40),
    "deflate that says gzip": ("gzip", zlib.compress(b"RA=1")),
    "an unknown encoding": ("klingon", b"RA=1"),
}


@pytest.mark.parametrize("name", ENCODED)
async def test_a_broken_body_is_400_at_every_address_that_reads_one(
    serve: Serve, name: str
) -> None:
    encoding, body = ENCODED[name]
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        job = (await api.new_job(user="root")).rpartition("/")[2]
        for path in READING:
            response = await api.post(
                path.replace("{job_id}", job).replace("{saved_id}", job),
                body,
                user="root",
                headers={"Content-Type": FORM, "Content-Encoding": encoding},
            )
            assert response.status < 500, (path, await response.text())
            if path.startswith("/api/v1/cutout/"):
                assert response.status in {400, 415}, (path, await response.text())
        assert (await api.get("/live")).status == 200


TWICE = {
    "a key": ('{"ra": 0.25, "dec": -57.8, "size": 5, "size": 6}', "size"),
    "a key of an object in a list": ('{"positions": [{"ra": 0.2, "dec": -57, "ra": 1}]}', "ra"),
    "a key in two spellings": ('{"ra": 0.25, "dec": -57.8, "SIZE": 5, "size": 6}', "SIZE"),
}


@pytest.mark.parametrize("name", TWICE)
async def test_what_is_given_twice_in_json_is_refused_at_every_address_that_reads_it(
    api: Api, name: str
) -> None:
    body, field = TWICE[name]
    job = await api.new_job()
    before = await api.document(job)
    for path in posted(json_too=True):
        url = re.sub("{[^}]*}", job.rpartition("/")[2], path)
        response = await api.post(url, body, headers={"Content-Type": "application/json"})
        text = await response.text()
        # What a check finds wrong with a request is its result.
        assert response.status == (200 if '"problems"' in text else 400), (path, text)
        if path not in NAMES_OF_THEIR_OWN or "spellings" not in name:
            assert field in text, (path, text)
            assert re.search("is (given|there) twice", text), (path, text)
    assert await api.document(job) == before


async def test_json_is_refused_where_nothing_reads_it(api: Api) -> None:
    job = await api.new_job()
    before = await api.document(job)
    for path in posted(json_too=False):
        url = re.sub("{[^}]*}", job.rpartition("/")[2], path)
        for body in ('{"POS": "CIRCLE 0 0 1"}', '{"PHASE": "RUN"}', "{}"):
            headers = {"Content-Type": "application/json"}
            response = await api.post(url, body, user="root", headers=headers)
            assert response.status in {400, 415}, (path, await response.text())
    assert await api.document(job) == before


async def test_a_good_body_may_be_compressed(api: Api) -> None:
    for body, encoding in ((gzip.compress, "gzip"), (zlib.compress, "deflate")):
        headers = {"Content-Type": FORM, "Content-Encoding": encoding}
        sent = body(b"RA=0.25&DEC=-57.8")
        response = await api.post("/api/v1/cutout/async", sent, headers=headers)
        assert response.status == 303, await response.text()


async def test_a_body_that_grows_when_it_is_unpacked_is_bounded(api: Api) -> None:
    headers = {"Content-Type": FORM, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"RA=" + b"1" * (40 << 20))
    response = await api.post("/api/v1/cutout/async", bomb, headers=headers)
    assert response.status == 413


@pytest.mark.parametrize(
    "body", [b"zz\r\nRA\r\n", b"5\r\nRA", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n"]
)
async def test_chunks_that_are_none_are_400_or_end_the_connection(api: Api, body: bytes) -> None:
    token = await api.token("ada")
    head = head_of(
        "/api/v1/cutout/async",
        f"Authorization: Bearer {token}",
        f"Content-Type: {FORM}",
        "Transfer-Encoding: chunked",
    )
    assert await raw_status(api.settings.port, head, body, hang_up=True) in {0, 400}
    assert (await api.get("/live")).status == 200


async def test_a_form_for_a_page_takes_no_files_and_no_more_than_it_needs(api: Api) -> None:
    sent: dict[str, Any] = {"user": "root", "headers": {"Content-Type": "application/json"}}
    response = await api.post("/ops/deadletters", json.dumps({"a": "x" * 70_000}), **sent)
    assert response.status == 413
    body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n--x--\r\n'
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    response = await api.post("/ops/deadletters", body, user="root", headers=form)
    assert response.status == 400
    assert "no files" in await response.text()
