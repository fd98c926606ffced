"""Who asks: a bearer token says it, or else a browser's session."""

from typing import Final

from aiohttp import web

from sptapi.auth.identity import Identity
from sptapi.auth.policy import check_access
from sptapi.browser.navigation import sign_in_first
from sptapi.browser.storage import session_id
from sptapi.http.authentication_schemes import authorization
from sptapi.http.origins import is_let_in
from sptapi.keys import ACCESS, GATE, IDENTITY, SIGN_IN, STARTED, Handler
from sptapi.metrics import TOKEN_CHECKS
from sptjobs.uws.errors import AuthenticationError

_ACCEPTED: Final = TOKEN_CHECKS.labels("accepted")


@web.middleware
async def identity(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only authenticated users with the right scope reach what is not public.

    Who asks for a page and is nobody yet is sent to sign in.
    """
    match = request.match_info
    access = None if match.http_exception else request.app[ACCESS][match.handler]
    if access is None or access.scope is None:
        if access is not None and access.greets and "Authorization" in request.headers:
            request[IDENTITY] = await _identify(request)
        return await handler(request)
    try:
        request[IDENTITY] = await _identify(request)
        check_access(request[IDENTITY], access)
        return await handler(request)
    except AuthenticationError:
        # Of a session that ended, who opens a job learns only while it is read.
        if STARTED not in request and (response := sign_in_first(request)) is not None:
            return response
        raise


async def _identify(request: web.Request) -> Identity:
    """Ask the gate of tokens or that of sessions; with a token, cookies count for nothing."""
    opens_job = request.method in {"GET", "HEAD"} and "job_id" in request.match_info
    headers, sign_in = request.headers.getall("Authorization", ()), request.app[SIGN_IN]
    # A script of another site has a token, or it is nobody: cookies may come along unasked.
    if not headers and sign_in is not None and not is_let_in(request):
        mine = await session_id(request)
        if mine is not None:
            return await sign_in.gate.admit(mine, opens_job=opens_job)
    try:
        found = await request.app[GATE].admit(authorization(request))
    except AuthenticationError:
        if headers:
            TOKEN_CHECKS.labels("refused").inc()
        raise
    _ACCEPTED.inc()
    return found
