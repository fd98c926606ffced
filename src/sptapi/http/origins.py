"""Pages of other sites that may use the service by scripts.

References
----------
Fetch Standard, section 3.2 "CORS protocol", and 3.6 "Cross-Origin-Resource-Policy header".
"""

from typing import Final

from aiohttp import web

from sptapi.keys import ACCESS, SETTINGS

_EXPOSED: Final = (
    "Location, Link, ETag, Retry-After, WWW-Authenticate, X-VO-Authenticated, X-Request-ID, "
    "Content-Disposition, Content-Range, Accept-Ranges, X-Lost-Parts"
)
_REQUESTED: Final = (
    "Authorization, Accept, Content-Type, Range, If-Range, If-None-Match, Idempotency-Key"
)
_KEPT_S: Final = 600


def is_let_in(request: web.Request) -> bool:
    """Whether a script of another site asks, of a site that the operators let in."""
    return request.headers.get("Origin") in request.app[SETTINGS].cors_origins


def add_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let scripts of other sites read a response: a public document all, others some.

    Nothing ever lets them send cookies; they have a token or see what is public.
    """
    if _is_shared(request):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return
    if not request.app[SETTINGS].cors_origins:
        return
    response.headers.add("Vary", "Origin")
    if is_let_in(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def preflight(request: web.Request) -> web.Response | None:
    """Respond to the question whether a script may ask; None where it is another question."""
    asks = {"Origin", "Access-Control-Request-Method"} <= set(request.headers)
    if request.method != "OPTIONS" or not asks or not is_let_in(request):
        return None
    error = request.match_info.http_exception
    if not isinstance(error, web.HTTPMethodNotAllowed):
        return None
    headers = {
        "Access-Control-Allow-Methods": ", ".join(sorted(error.allowed_methods)),
        "Access-Control-Allow-Headers": _REQUESTED,
        "Access-Control-Max-Age": str(_KEPT_S),
    }
    return web.Response(status=204, headers=headers)


def _is_shared(request: web.Request) -> bool:
    match = request.match_info
    return match.http_exception is None and request.app[ACCESS][match.handler].shared
