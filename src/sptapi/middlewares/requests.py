"""Each request has an id, and one line in the log, but for probes that find all well."""

import logging
import os
import re
import time
from http import HTTPStatus

from aiohttp import web

from sptapi.keys import IDENTITY, REQUEST_ID, SETTINGS, Handler

_access_log = logging.getLogger("sptapi.access")
# Somebody who puts a token into an address by mistake must not find it in a log.
_TOKEN = re.compile(r"[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}|spt_[0-9A-Za-z]{16,}", re.ASCII)
_SANE_ID = re.compile("[A-Za-z0-9._-]{1,64}")


@web.middleware
async def request_ids(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and log one line about it."""
    sent = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = sent if _SANE_ID.fullmatch(sent) else os.urandom(16).hex()
    began = time.perf_counter()
    status = 499  # what is left when the client went away
    try:
        response = await handler(request)
        status = response.status
    finally:
        # The path alone: a query may hold what no log should, a sign-in's code for one.
        _access_log.log(
            _level(request, status),
            "%s %s %d %.1f ms request_id=%s account=%s",
            request.method,
            _TOKEN.sub("[token]", request.rel_url.raw_path),
            status,
            1000 * (time.perf_counter() - began),
            request[REQUEST_ID],
            request[IDENTITY].account_id if IDENTITY in request else "-",
        )
    return response


def _level(request: web.Request, status: int) -> int:
    """Probes come every second: one that finds all well is for whoever looks closely."""
    live = f"{request.app[SETTINGS].base_path}/live"
    is_well = status == HTTPStatus.OK and request.rel_url.raw_path == live
    return logging.DEBUG if is_well else logging.INFO
