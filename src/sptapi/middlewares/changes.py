"""Changes are finished, even when the client hangs up."""

import asyncio

from aiohttp import web

from sptapi.keys import Handler


@web.middleware
async def unbroken_changes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Finish what a client began to change, even when it hangs up.

    Reading stops with the client, so that its WAIT does not linger.
    """
    if request.method in {"GET", "HEAD"}:
        return await handler(request)
    return await asyncio.shield(asyncio.ensure_future(handler(request)))
