"""Responses are compressed for whoever accepts it."""

from aiohttp import web

from sptapi.http.compression import compress
from sptapi.keys import Handler


@web.middleware
async def compression(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress what is not on its way yet; streams see to it themselves."""
    response = await handler(request)
    compress(request, response)
    return response
