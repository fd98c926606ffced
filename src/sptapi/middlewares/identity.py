"""Who asks: a bearer token says it."""

from aiohttp import web

from sptapi.auth.policy import check_access
from sptapi.keys import ACCESS, GATE, IDENTITY, Handler


@web.middleware
async def identity(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only authenticated users with the right scope reach what is not public."""
    match = request.match_info
    access = None if match.http_exception else request.app[ACCESS][match.handler]
    if access is not None and access.scope is not None:
        found = await request.app[GATE].admit(request.headers.getall("Authorization", ()))
        request[IDENTITY] = found
        check_access(found, access)
    return await handler(request)
