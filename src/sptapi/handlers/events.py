"""Server-sent events: how jobs go on, as it happens.

References
----------
HTML Living Standard, section 9.2 "Server-sent events".
"""

import asyncio
import json
import re
from collections.abc import Iterable

from aiohttp import web

from sptapi.keys import ENGINE, FEED, IDENTITY, LINKS
from sptapi.representations.jobs import reference_tree
from sptapi.services.job_access import readable_job
from sptjobs.watching.feed import JobNews

HEARTBEAT_S = 15.0
"""Proxies close what says nothing for a minute."""

LONGEST_S = 300.0
"""A stream ends after this long: the browser opens it again and proves who asks anew."""

_SANE_ID = re.compile("[0-9a-f]{8}-[0-9]{1,18}")
_BEGIN = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"
_ANEW = b"event: sync\ndata: {}\n\n"
"""Something may have been missed: the client asks for its jobs again."""


async def of_job(request: web.Request) -> web.StreamResponse:
    """Tell how one job goes on."""
    identity, database = request[IDENTITY], request.app[ENGINE].database
    job = await readable_job(database, identity, request.match_info["job_id"])
    return await _stream(request, job.job_id)


async def of_all(request: web.Request) -> web.StreamResponse:
    """Tell how all jobs of the user go on."""
    return await _stream(request, None)


async def _stream(request: web.Request, job_id: str | None) -> web.StreamResponse:
    last = request.headers.get("Last-Event-ID", "")
    known = last if _SANE_ID.fullmatch(last) else None
    account_id = request[IDENTITY].account_id
    list_url = request.app[LINKS].jobs
    # What buffers on the way must not hold events back.
    headers = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    with request.app[FEED].listening(account_id, job_id, known) as listener:
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        await response.write(_BEGIN if listener.resumed else _BEGIN + _ANEW)
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_S
        while not listener.closed and (left := end - loop.time()) > 0:
            news = await listener.news(min(HEARTBEAT_S, left))
            if news:
                await response.write(_written(news, list_url))
            elif not listener.closed:
                await response.write(_HEARTBEAT)
    await response.write_eof()
    return response


def _written(news: Iterable[JobNews], list_url: str) -> bytes:
    return "".join(
        f"id: {each.event_id}\nevent: {'gone' if each.job is None else 'job'}\n"
        f"data: {json.dumps(_data(each, list_url), allow_nan=False)}\n\n"
        for each in news
    ).encode()


def _data(news: JobNews, list_url: str) -> dict[str, object]:
    return {"id": news.job_id} if news.job is None else reference_tree(news.job, list_url)
