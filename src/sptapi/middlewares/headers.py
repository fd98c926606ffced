"""Headers of every response, streamed ones too: added when its head is prepared."""

from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from sptapi.http.origins import add_origin
from sptapi.keys import IDENTITY, REQUEST_ID, SETTINGS, STARTED

SECURITY_HEADERS = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every response; a handler's own choice stands."""
    request[STARTED] = True
    add_origin(request, response)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "sptapi"  # aiohttp would tell its version
    if request.app[SETTINGS].public_url.startswith("https:"):
        # Browsers heed it over TLS only. Other hosts of the domain are not ours to bind.
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
    if IDENTITY in request:
        # A name may hold any character, a header only some.
        response.headers["X-VO-Authenticated"] = _written(request[IDENTITY].name)


@lru_cache(maxsize=256)
def _written(name: str) -> str:
    return quote(name, safe=" @.-_")
