"""The API's description, and the same as pages to read."""

import hashlib
import json
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aiohttp import web

from sptapi.browser.navigation import form_targets
from sptapi.http.bodies import query
from sptapi.http.ranges import matches
from sptapi.http.responses import json_response
from sptapi.keys import LINKS, SIGN_IN
from sptapi.parameters.rows import read_text
from sptapi.representations.reference.chapters import Chapter, chapters
from sptapi.representations.reference.page import (
    MAX_SEARCH,
    chapter_page,
    index_page,
    search_page,
)
from sptapi.representations.style import page_policy


async def openapi(request: web.Request) -> web.Response:
    """Give the OpenAPI description, with this deployment's address."""
    return json_response(_description() | {"servers": [{"url": request.app[LINKS].base}]})


async def job_info(_request: web.Request) -> web.Response:
    """Give the schema of what a job's document holds beyond UWS's own."""
    text = (files("sptapi.representations") / "jobinfo.xsd").read_text("utf-8")
    headers = {"Cache-Control": "public, max-age=3600"}
    return web.Response(body=text.encode(), content_type="application/xml", headers=headers)


async def reference(request: web.Request) -> web.Response:
    """Show the reference's index, or where in it all words of ``q`` stand."""
    base, written = request.app[LINKS].base, _chapters(request)
    text = read_text(query(request).fields, "Q", maximum=MAX_SEARCH)
    if text:
        return _page(request, search_page(base, written, text))
    return _page(request, index_page(base, _description(), written))


async def chapter(request: web.Request) -> web.Response:
    """Show a chapter of the reference."""
    written = _chapters(request)
    for each in written:
        if each.name == request.match_info["chapter"]:
            return _page(request, chapter_page(request.app[LINKS].base, written, each))
    raise web.HTTPNotFound


def _page(request: web.Request, text: str) -> web.Response:
    """Respond with a page, or say that the client has it."""
    page = text.encode()
    etag = f'"{hashlib.sha256(page).hexdigest()[:32]}"'
    headers = {
        "Content-Security-Policy": page_policy(form_targets(request)),
        "ETag": etag,
        "Cache-Control": "public, no-cache",
    }
    if matches(request.headers.get("If-None-Match"), etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    response = web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


def _chapters(request: web.Request) -> tuple[Chapter, ...]:
    return _written(request.app[LINKS].base, can_sign_in=request.app[SIGN_IN] is not None)


@cache
def _written(base: str, *, can_sign_in: bool) -> tuple[Chapter, ...]:
    """Write the chapters once."""
    return chapters(base, _description(), can_sign_in=can_sign_in)


@cache
def _description() -> dict[str, Any]:
    text = files("sptapi").joinpath("openapi.json").read_text(encoding="utf-8")
    description: dict[str, Any] = json.loads(text)
    return description
