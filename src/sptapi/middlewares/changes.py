"""Changes are finished, even when the client hangs up."""

from aiohttp import web

from sptapi.http.methods import only_reads
from sptapi.keys import OPEN_REQUESTS, Handler


@web.middleware
async def unbroken_changes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Finish what a client began to change, even when it hangs up.

    Reading stops with the client, so that its WAIT, download or cutout does not linger.
    """
    if only_reads(request):
        return await handler(request)
    return await request.app[OPEN_REQUESTS].finish(_carried_out(request, handler))


async def _carried_out(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)
