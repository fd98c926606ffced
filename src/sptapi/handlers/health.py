"""Probes."""

import asyncio
import tempfile
from collections.abc import Awaitable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from sptapi.handlers.answers import json_answer
from sptapi.keys import ENGINE, SETTINGS
from sptjobs.store.database import answers

_TIMEOUT_S = 5.0


async def live(_request: web.Request) -> web.Response:
    """Say that the event loop turns."""
    return json_answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether jobs can be taken; each part that cannot says why.

    Needs the database, the broker and a results folder that can be written to.
    """
    engine, settings = request.app[ENGINE], request.app[SETTINGS]
    reasons = await asyncio.gather(
        _within_time(answers(engine.database)),
        _within_time(engine.wakeups.answers()),
        _within_time(asyncio.to_thread(_not_writable, settings.results)),
    )
    checks = dict(zip(("database", "broker", "results"), reasons, strict=True))
    ok = not any(checks.values())
    document = {
        "status": "ok" if ok else "unavailable",
        "checks": {name: reason or "ok" for name, reason in checks.items()},
    }
    return json_answer(document, status=HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)


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
        return f"cannot write to the results folder: {error.strerror}"
