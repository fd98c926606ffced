"""The API's description, and the same as a page to read."""

import hashlib
import json
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aiohttp import web

from sptapi.http.ranges import matches
from sptapi.http.responses import json_response
from sptapi.keys import LINKS, SIGN_IN
from sptapi.representations.reference.page import reference_page
from sptapi.representations.style import CONTENT_SECURITY_POLICY


async def openapi(request: web.Request) -> web.Response:
    """Give the OpenAPI description, with this deployment's address."""
    return json_response(_description() | {"servers": [{"url": request.app[LINKS].base}]})


async def job_info(_request: web.Request) -> web.Response:
    """Give the schema of what a job's document holds beyond UWS's own."""
    text = (files("sptapi.representations") / "jobinfo.xsd").read_text("utf-8")
    headers = {"Cache-Control": "public, max-age=3600"}
    return web.Response(body=text.encode(), content_type="application/xml", headers=headers)


async def reference(request: web.Request) -> web.Response:
    """Show the description as a page."""
    can_sign_in = request.app[SIGN_IN] is not None
    page, etag = _reference(request.app[LINKS].base, can_sign_in=can_sign_in)
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "ETag": etag,
        "Cache-Control": "public, no-cache",
    }
    if matches(request.headers.get("If-None-Match"), etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    response = web.Response(body=page, content_type="text/html", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


@cache
def _reference(base: str, *, can_sign_in: bool) -> tuple[bytes, str]:
    """Write the page once; give it with its entity tag."""
    page = reference_page(base, _description(), can_sign_in=can_sign_in).encode()
    return page, f'"{hashlib.sha256(page).hexdigest()[:32]}"'


@cache
def _description() -> dict[str, Any]:
    text = files("sptapi").joinpath("openapi.json").read_text(encoding="utf-8")
    description: dict[str, Any] = json.loads(text)
    return description
