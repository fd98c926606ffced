"""The server knows which requests it is carrying out, so that it can wait for them."""

from aiohttp import web

from sptapi.keys import OPEN_REQUESTS, Handler


@web.middleware
async def still_open(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request as open until its response is made."""
    with request.app[OPEN_REQUESTS].one_more():
        return await handler(request)
