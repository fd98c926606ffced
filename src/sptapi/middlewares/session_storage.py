"""The session's cookie is read when it is asked for, and written when it changed."""

from aiohttp import web
from aiohttp_session import session_middleware

from sptapi.browser.storage import STORAGE
from sptapi.keys import Handler


@web.middleware
async def sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hand the session's storage to those further in, where users can sign in at all."""
    storage = request.app[STORAGE]
    if storage is None:
        return await handler(request)
    return await session_middleware(storage)(request, handler)
