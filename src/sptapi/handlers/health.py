"""Probes."""

import asyncio
import errno
import tempfile
import time
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from sptapi.auth.oidc.setup import is_loopback
from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, RECENT, SETTINGS, SIGN_IN
from sptapi.representations.health import notices
from sptapi.representations.times import render_time
from sptapi.services.sign_in import SignIn
from sptjobs import __version__
from sptjobs.engine.back_pressure import disk_shortage, queue_shortage
from sptjobs.engine.engine import Engine
from sptjobs.store.database import answers
from sptjobs.uws.errors import UnavailableError, UnknownResultError

_TIMEOUT_S = 5.0
_FRESH_S = 3.0
_LONGEST_BANNER = 2000


async def live(_request: web.Request) -> web.Response:
    """Say that the event loop turns."""
    return json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether requests can be served; each part that does not answer says why.

    Needs the database, the broker, a results folder, and of the identity provider that
    it is the one that is configured. One that is away is a warning: whoever is signed in
    or has a token is served. A disk that is nearly full
    or a queue that is too long is a warning: new jobs get 503 then, but the server
    stays in service for those who read, download, abort and delete.
    """
    document = await _document(request.app)
    ok = document["status"] == "ok"
    return json_response(document, status=HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)


async def metrics(request: web.Request) -> web.Response:
    """Give the metrics where nobody but this machine asks; elsewhere they have their own port.

    Raises
    ------
    UnknownResultError
        The service's public address is one that others can reach.
    """
    if not is_loopback(urlsplit(request.app[SETTINGS].public_url).hostname or ""):
        raise UnknownResultError(f"there is nothing at {request.rel_url.raw_path[:200]}")
    # Measuring waits for this event loop.
    text = await asyncio.to_thread(generate_latest)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


async def status(request: web.Request) -> web.Response:
    """Say what users should know now: maintenance, shortages, parts that do not answer.

    Always 200, and looked up once in a few seconds however many ask.
    """
    recent = request.app[RECENT]
    async with recent.lock:
        if time.monotonic() - recent.looked > _FRESH_S:
            recent.document = await _status(request.app, recent.since)
            recent.looked = time.monotonic()
    return json_response(recent.document)


async def _status(app: web.Application, since: dict[str, datetime]) -> dict[str, Any]:
    found = await _document(app)
    failing = {name: text for name, text in found["checks"].items() if text != "ok"}
    wrong = failing | found["warnings"]
    # Without the broker nobody can tell whether there are workers.
    idle = {} if "broker" in failing else await _missing_workers(app[ENGINE])
    _keep_times(since, wrong | idle)
    return {
        "ok": not failing,
        "maintenance": await asyncio.to_thread(_maintenance, app[SETTINGS].banner),
        "shortages": wrong,
        "notices": notices(wrong | idle, since),
        "version": __version__,
    }


async def _missing_workers(engine: Engine) -> dict[str, str]:
    there = await engine.wakeups.slots()
    return {} if there else {"workers": "no slots are announced"}


def _keep_times(since: dict[str, datetime], wrong: Mapping[str, str]) -> None:
    """Note when each part was first found wrong, and forget those that are well again."""
    for part in since.keys() - wrong.keys():
        del since[part]
    for part in wrong:
        since.setdefault(part, datetime.now(UTC))


def _maintenance(file: Path | None) -> dict[str, str] | None:
    """Read what the operators have to say, and since when; None when they say nothing."""
    if file is None:
        return None
    try:
        message = file.read_text("utf-8", errors="replace").strip()[:_LONGEST_BANNER]
        since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None
    return {"message": message, "since": render_time(since)} if message else None


async def _document(app: web.Application) -> dict[str, Any]:
    engine, settings = app[ENGINE], app[SETTINGS]
    reasons = await asyncio.gather(
        _within_time(answers(engine.database)),
        _within_time(engine.wakeups.answers()),
        _within_time(asyncio.to_thread(_not_writable, settings.results)),
        _within_time(_wrong_provider(app[SIGN_IN])),
    )
    checks = dict(zip(("database", "broker", "results", "sign-in"), reasons, strict=True))
    ok = not any(checks.values())
    return {
        "status": "ok" if ok else "unavailable",
        "checks": {name: reason or "ok" for name, reason in checks.items()},
        "warnings": await _warnings(engine, app[SIGN_IN]) if ok else {},
    }


async def _warnings(engine: Engine, sign_in: SignIn | None) -> dict[str, str]:
    """Say why new jobs are refused, or nobody can sign in, for now."""
    reasons = await asyncio.gather(
        _within_time(disk_shortage(engine.settings)),
        _within_time(_queue_shortage(engine)),
        _within_time(_missing_provider(sign_in)),
    )
    named = zip(("disk", "queue", "sign-in"), reasons, strict=True)
    return {name: reason for name, reason in named if reason is not None}


async def _queue_shortage(engine: Engine) -> str | None:
    try:
        async with engine.database.read() as connection:
            return await queue_shortage(connection, engine.settings)
    except UnavailableError as error:
        return error.message


async def _wrong_provider(sign_in: SignIn | None) -> str | None:
    """Say what is wrong with the provider; one that is away may well be the right one."""
    try:
        if sign_in is not None:
            await sign_in.client.check()
    except ProviderError as error:
        return error.message
    except ProviderUnavailableError:
        return None
    return None


async def _missing_provider(sign_in: SignIn | None) -> str | None:
    try:
        if sign_in is not None:
            await sign_in.client.check()
    except ProviderUnavailableError as error:
        return error.message
    return None


async def _within_time(check: Awaitable[str | None]) -> str | None:
    try:
        return await asyncio.wait_for(check, _TIMEOUT_S)
    except TimeoutError:
        return f"no answer within {_TIMEOUT_S:g} s"


def _not_writable(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return None  # a full disk can still be read from: a warning tells of it
        return f"cannot write to the results folder: {error.strerror}"
