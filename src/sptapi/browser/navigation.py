"""Whether somebody sees the response, and where such a page leads."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from sptapi.http.browsers import preferred_form
from sptapi.keys import LINKS, SIGN_IN

_OFFERED: Final = ("application/xml", "application/json", "text/plain", "text/html")


def wants_page(request: web.Request) -> bool:
    """Whether a browser asks for a page to show; a script's request is none."""
    return (
        request.method == "GET"
        and "Authorization" not in request.headers
        and preferred_form(request, _OFFERED) == "text/html"
    )


def sign_in_first(request: web.Request) -> web.Response | None:
    """Send somebody who asks for a page to sign in and come back; None for all others."""
    if request.app[SIGN_IN] is None or not wants_page(request):
        return None
    next_page = quote(str(request.rel_url), safe="")
    location = f"{request.app[LINKS].base}/account/login?next={next_page}"
    return web.Response(status=303, headers={"Location": location})


def form_targets(request: web.Request) -> str:
    """Name, for a page's policy, where its forms may lead.

    Browsers hold a form to it over redirects too, and signing out leads on to the
    identity provider.
    """
    sign_in = request.app[SIGN_IN]
    return " ".join(("'self'", *(sign_in.client.origins if sign_in else ())))
