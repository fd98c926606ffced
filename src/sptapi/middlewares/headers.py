"""Headers of every answer, streamed ones too: added when its head is prepared."""

from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from sptapi.keys import IDENTITY, REQUEST_ID, STARTED

SECURITY_HEADERS = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every answer; a handler's own choice stands."""
    request[STARTED] = True
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
    if IDENTITY in request:
        # A name may hold any character, a header only some.
        response.headers["X-VO-Authenticated"] = quote(request[IDENTITY].name, safe=" @.-_")
