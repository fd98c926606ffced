"""The page at the root."""

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
