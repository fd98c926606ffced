"""The page at the root, and its pictures."""

from importlib.resources import files

from aiohttp import web

from sptapi.browser.navigation import form_targets
from sptapi.http.responses import page_response
from sptapi.keys import LINKS, SIGN_IN
from sptapi.representations.landing import landing_page


async def landing(request: web.Request) -> web.Response:
    """Say what this is and where to go."""
    can_sign_in = request.app[SIGN_IN] is not None
    page = landing_page(request.app[LINKS].base, can_sign_in=can_sign_in)
    return page_response(page, form_targets=form_targets(request))


async def picture(_request: web.Request) -> web.Response:
    """Give the picture of the page, which other sites show beside a link to it."""
    return _kept("sky.jpg", "image/jpeg")


async def icon(_request: web.Request) -> web.Response:
    """Give the sign of the service, for tabs and bookmarks."""
    return _kept("icon.svg", "image/svg+xml")


def _kept(name: str, content_type: str) -> web.Response:
    body = (files("sptapi.representations") / name).read_bytes()
    headers = {"Cache-Control": "public, max-age=86400"}
    return web.Response(body=body, content_type=content_type, headers=headers)
