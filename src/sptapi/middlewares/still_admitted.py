"""Reading goes on only while who asked may still read."""

from aiohttp import web

from sptapi.http.methods import only_reads
from sptapi.keys import IDENTITY, LONG_REQUESTS, Handler


@web.middleware
async def still_admitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """End a request to read, however long it lasts, soon after its user was shut out.

    Changes are finished: they were allowed when they began.
    """
    if IDENTITY not in request or not only_reads(request):
        return await handler(request)
    async with request.app[LONG_REQUESTS].held(request[IDENTITY], request.match_info.get("job_id")):
        return await handler(request)
