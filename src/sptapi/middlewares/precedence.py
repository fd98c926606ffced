"""Changes go before who only looks."""

from aiohttp import web

from sptapi.http.methods import only_reads
from sptapi.keys import JOB_STATES, Handler


@web.middleware
async def precedence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the responses to a crowd of clients give way while a change is asked for.

    That begins with who asks: signing in takes steps, too.
    """
    if only_reads(request):
        return await handler(request)
    with request.app[JOB_STATES].command():
        return await handler(request)
