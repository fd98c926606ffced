"""No secret is found where it does not belong: one journey, then a search for all of them.

Searched are the log, everything sent to the broker and kept there, every reply but
those that hand a secret to its owner, and the database in clear.
"""

import json
import logging
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
import sqlalchemy as sa
from aiohttp import web
from prometheus_client import generate_latest

from sptjobs.store.schema import metadata
from tests.api.conftest import GOOD, JOBS, JSON, Api, Serve
from tests.support import provider as support
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

CREATE = "/account/token/create"
ME = "/api/v1/account"
SHORTEST = 8


@dataclass
class Watched(Provider):
    """A provider that remembers every secret that it handed out or was given."""

    secrets: set[str] = field(default_factory=set)

    async def authorize(self, request: web.Request) -> web.Response:
        response = await super().authorize(request)
        back = parse_qs(urlsplit(response.headers["Location"]).query)
        self.secrets |= {back["code"][0], back["state"][0], request.query["nonce"]}
        return response

    async def token(self, request: web.Request) -> web.Response:
        self.secrets.add(str((await request.post())["code_verifier"]))
        response = await super().token(request)
        document = json.loads(response.text or "{}")
        names = ("access_token", "refresh_token", "id_token")
        self.secrets |= {document[name] for name in names if name in document}
        return response


class Wire:
    """Everything that any client sends to the broker, as the broker itself tells it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(url.removeprefix("unix://"))
        self._socket.sendall(b"MONITOR\r\n")
        self.seen = bytearray()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while chunk := self._socket.recv(1 << 16):
            self.seen += chunk

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


@pytest.fixture
def wire(broker_url: str) -> Iterator[Wire]:
    made = Wire(broker_url)
    yield made
    made.close()


@pytest.fixture
async def provider() -> AsyncIterator[Watched]:
    async with running(Watched()) as made:
        assert isinstance(made, Watched)
        yield made


@dataclass
class Journey:
    """What somebody did, every secret that they met, and every reply that they got."""

    desk: Desk
    api: Api
    secrets: dict[str, str] = field(default_factory=dict)
    responses: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        response = await self.api.call(method, path, user=None, **options)
        self.responses.append(f"{response.headers}\n{await response.text()}")
        return response

    def know(self, kind: str, secret: str) -> str:
        assert len(secret) >= SHORTEST
        self.secrets[secret] = kind
        return secret

    def token(self, document: Any) -> dict[str, str]:
        text = self.know("token", document["token"])
        self.know("signature of a token", text.rpartition(".")[2])
        return JSON | {"Authorization": f"Bearer {text}"}


async def session_and_tokens(journey: Journey) -> dict[str, str]:
    """Sign in, make tokens in each way, and refresh one."""
    desk = journey.desk
    await desk.sign_in()
    csrf = journey.know("CSRF secret", await desk.csrf())
    made = await desk.browser.fetch(
        "POST", desk.url(CREATE), json={"name": "n"}, headers={"X-CSRF-Token": csrf}
    )
    headers = journey.token(await made.json())
    journey.token(await (await desk.browser.fetch("GET", desk.url(CREATE))).json())
    journey.token(
        await (await journey.api.post(f"{ME}/token/refresh", user=None, headers=headers)).json()
    )
    for cookie in desk.browser.set_cookies:
        value = cookie.partition("=")[2].partition(";")[0]
        if len(value) >= SHORTEST:
            journey.know("cookie", value)
    return headers


async def work(journey: Journey, headers: dict[str, str]) -> None:
    """Run a job, and look at what there is."""
    job = await journey.ask("POST", JOBS, data=GOOD | {"PHASE": "RUN"}, headers=headers)
    path = job.headers["Location"].removeprefix(journey.api.base)
    for each in (path, f"{path}/results", JOBS, ME, f"{ME}/tokens", "/ready", "/", "/openapi.json"):
        await journey.ask("GET", each, headers=headers)


async def blunders(journey: Journey, headers: dict[str, str]) -> None:
    """Put secrets where they do not belong, and make everything fail."""
    bearer = headers["Authorization"]
    token = bearer.removeprefix("Bearer ")
    path = f"{JOBS}/{'0' * 32}"
    for sent in (f"{bearer}x", f"Basic {token}", token, f"Bearer {token} {token}"):
        await journey.ask("GET", ME, headers={"Authorization": sent})
    for accept in ("text/html", "application/json", "*/*"):
        await journey.ask("GET", path, headers=headers | {"Accept": accept})
    await journey.ask("GET", f"{ME}?access_token={token}")
    await journey.ask("GET", f"/nothing/{token}", headers=headers)
    await journey.ask("DELETE", f"{ME}/tokens/{token}", headers=headers)
    await journey.ask("POST", CREATE, data={"token": token}, headers=headers)
    code = journey.know("code", "a-code-that-nobody-gave")
    state = journey.know("state", "a-state-that-nobody-made")
    await journey.ask("GET", f"/account/callback?code={code}&state={state}")
    await journey.desk.browser.get(journey.desk.url(f"/account/callback?code={code}&state={state}"))
    await journey.ask("POST", "/account/backchannel-logout", data={"logout_token": token})
    # What is no HTTP: the server's own reply and log, before any of our code.
    with socket.create_connection(("127.0.0.1", journey.api.settings.port)) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nAuthorization: {bearer}\x01\r\n\r\n".encode())
        raw.shutdown(socket.SHUT_WR)


def found(where: str, text: str, secrets: dict[str, str]) -> list[str]:
    """Name what was found, and where; the place's own text stays out of the report."""
    return [f"{kind} in {where}" for secret, kind in secrets.items() if secret in text]


def kept_in(broker_url: str) -> str:
    readers = {b"string": "get", b"hash": "hgetall", b"set": "smembers"}
    with redis.Redis.from_url(broker_url) as client:
        lines = []
        for key in client.scan_iter("*"):
            kind = client.type(key)
            if kind == b"list":
                value: Any = client.lrange(key, 0, -1)
            elif kind == b"zset":
                value = client.zrange(key, 0, -1)
            else:
                value = getattr(client, readers[kind])(key)
            lines.append(f"{key!r} {value!r}")
    return "\n".join(lines)


async def kept_in_database(api: Api) -> str:
    async with api.engine.database.read() as connection:
        rows = [
            str(row._mapping)
            for table in metadata.sorted_tables
            for row in await connection.execute(sa.select(table))
        ]
    return "\n".join(rows)


async def test_a_search_for_every_secret_of_a_journey_finds_none(
    serve: Serve,
    provider: Watched,
    wire: Wire,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("tests.support.provider.SECRET", "canary-of-the-client")
    own = {
        "key of tokens": "canary-of-the-token-key-" + "k" * 20,
        "key of sessions": "canary-of-the-session-key-" + "s" * 20,
        "secret of the client": support.SECRET,
    }
    sign_in = settings_for(
        provider.issuer, own["secret of the client"], session_key=own["key of sessions"]
    )
    api = await serve(token_key=f"id:{own['key of tokens']}", sign_in=sign_in)
    async with new_browser() as browser:
        journey = Journey(Desk(api, provider, browser), api)
        for kind, secret in own.items():
            journey.know(kind, secret)
        headers = await session_and_tokens(journey)
        await work(journey, headers)
        await blunders(journey, headers)

        def fail(*_: Any) -> None:
            raise RuntimeError("the house burns")

        monkeypatch.setattr("sptapi.handlers.jobs.jobs_tree", fail)
        assert (await journey.ask("GET", JOBS, headers=headers)).status == 500
        csrf = await journey.desk.csrf()
        await browser.post(journey.desk.url("/account/logout"), {"csrf": csrf})
        await journey.ask("DELETE", f"{ME}/tokens/{'0' * 32}", headers=headers)
    # Counters of this process: the API server's own, on whichever port they are served.
    metrics = generate_latest().decode()
    secrets = journey.secrets | dict.fromkeys(provider.secrets, "secret of the provider")
    assert len(set(secrets.values())) >= 9
    places = {
        "the log": caplog.text,
        "the metrics": metrics,
        "the settings as they print": repr(api.settings),
        "what was sent to the broker": wire.seen.decode("latin-1"),
        "what the broker keeps": kept_in(wire.url),
        "a reply": "\n".join(journey.responses),
        "the database": await kept_in_database(api),
    }
    assert all(len(text) > 50 for text in places.values())
    assert [each for where, text in places.items() for each in found(where, text, secrets)] == []
    for outcome in ("completed", "refused"):
        counted = rf'^sptapi_sign_ins_total{{outcome="{outcome}"}} [1-9]'
        assert re.search(counted, metrics, re.MULTILINE)
    # The search finds what is there.
    assert re.search("[0-9a-f]{32}", places["the database"])
    assert found("the test", "x" + own["key of tokens"], secrets) == ["key of tokens in the test"]
