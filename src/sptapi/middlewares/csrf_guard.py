"""Changes by cookie come from our own pages only."""

from typing import Final

from aiohttp import web

from sptapi.browser.csrf import check_csrf
from sptapi.keys import ACCESS, IDENTITY, Handler

_SAFE: Final = {"GET", "HEAD", "OPTIONS"}


@web.middleware
async def csrf(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check what a session changes; a token proves by itself that the caller means it."""
    found = request.get(IDENTITY)
    if found is not None and found.credential == "session" and request.method not in _SAFE:
        # What only sessions or operators may do is done on pages without scripts too.
        access = request.app[ACCESS][request.match_info.handler]
        await check_csrf(request, form=access.session_only or access.admin)
    return await handler(request)
