"""The landing page and the API's description."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from aiohttp import web

from sptapi.handlers.answers import json_answer
from sptapi.keys import LINKS, SIGN_IN
from sptapi.representations.html import CONTENT_SECURITY_POLICY, landing_page


async def landing(request: web.Request) -> web.Response:
    """Say what this is and where to go."""
    return web.Response(
        text=landing_page(request.app[LINKS].base, can_sign_in=request.app[SIGN_IN] is not None),
        content_type="text/html",
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )


async def openapi(request: web.Request) -> web.Response:
    """Give the OpenAPI description, with this deployment's address."""
    return json_answer(_description() | {"servers": [{"url": request.app[LINKS].base}]})


@cache
def _description() -> dict[str, Any]:
    text = files("sptapi").joinpath("openapi.json").read_text(encoding="utf-8")
    description: dict[str, Any] = json.loads(text)
    return description
