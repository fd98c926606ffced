"""Names in addresses that nothing can have."""

from aiohttp import web

from sptapi.keys import Handler
from sptjobs.uws.errors import UnknownResultError


@web.middleware
async def impossible_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say that nothing has a name with U+0000: PostgreSQL takes no text that holds it."""
    if any("\0" in name for name in request.match_info.values()):
        raise UnknownResultError("nothing has a name that holds the character U+0000")
    return await handler(request)
