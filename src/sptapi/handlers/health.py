"""Probes, metrics, and the status for users."""

import asyncio
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from sptapi.auth.oidc.setup import is_public_on_loopback
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, LATEST_STATUS, SETTINGS, SIGN_IN
from sptapi.services.health import current_status, readiness
from sptjobs.uws.errors import UnknownResultError


async def live(request: web.Request) -> web.Response:
    """Say that the event loop turns, and that what this process repeats ran lately.

    503 names what did not: only starting the process anew helps then.
    """
    stalled = request.app[ENGINE].background.stalled()
    if stalled:
        document = {"status": "stalled", "tasks": stalled}
        return json_response(document, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether requests can be served; each part that does not respond says why.

    Needs the database, the broker, a results folder, and of the identity provider that
    it is the one that is configured. One that is away is a warning: whoever is signed in
    or has a token is served. A disk that is nearly full
    or a queue that is too long is a warning: new jobs get 503 then, but the server
    stays in service for those who read, download, abort and delete.
    """
    document = await readiness(request.app[ENGINE], request.app[SIGN_IN])
    ok = document["status"] == "ok"
    return json_response(document, status=HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)


async def metrics(request: web.Request) -> web.Response:
    """Give the metrics where nobody but this machine asks; elsewhere they have their own port.

    Raises
    ------
    UnknownResultError
        The service's public address is one that others can reach.
    """
    if not is_public_on_loopback(request.app[SETTINGS]):
        raise UnknownResultError(f"there is nothing at {request.rel_url.raw_path[:200]}")
    # Measuring waits for this event loop.
    text = await asyncio.to_thread(generate_latest)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


async def status(request: web.Request) -> web.Response:
    """Say what users should know now: maintenance, shortages, parts that do not respond.

    Always 200, and looked up once in a few seconds however many ask.
    """
    app = request.app
    return json_response(await current_status(app[ENGINE], app[SIGN_IN], app[LATEST_STATUS]))
