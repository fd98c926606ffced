"""Whether a script of another site may ask what it is about to ask."""

from aiohttp import web

from sptapi.http.origins import preflight
from sptapi.keys import Handler


@web.middleware
async def preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond to a browser that asks before it sends what a script wants to send."""
    response = preflight(request)
    return await handler(request) if response is None else response
