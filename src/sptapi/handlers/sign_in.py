"""Signing in and out with a browser, by the identity provider."""

import logging
from http import HTTPStatus

from aiohttp import web

from sptapi.auth.next_page import safe_next
from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError, SignInError
from sptapi.auth.oidc.transaction import Transaction
from sptapi.browser import storage
from sptapi.browser.attempts import ATTEMPTS
from sptapi.browser.csrf import check_csrf
from sptapi.browser.navigation import form_targets
from sptapi.handlers.access_requests import outsider_response
from sptapi.http.actor import actor
from sptapi.http.bodies import small_form
from sptapi.http.responses import page_response, see_other
from sptapi.keys import LINKS, REQUEST_ID, SETTINGS, SIGN_IN
from sptapi.metrics import SIGN_IN_OUTCOMES
from sptapi.representations.sign_in import sign_out_page
from sptapi.services.sign_in import SignIn
from sptjobs.uws.errors import ServiceError, UnknownResultError, UsageError

_log = logging.getLogger(__name__)

_NOT_BEGUN = (
    "this sign-in was not begun in this browser, or it took more than ten minutes: begin again"
)
_AWAY = {"server_error", "temporarily_unavailable"}


async def login(request: web.Request) -> web.Response:
    """Send the browser to the identity provider."""
    client = _sign_in(request).client
    next_page = safe_next(request.query.get("next"), request.app[SETTINGS].base_path)
    transaction = Transaction.new(next_page)
    response = see_other(await client.begin(transaction))
    request.app[ATTEMPTS].begin(request, response, transaction)
    return response


async def callback(request: web.Request) -> web.Response:
    """Begin the session of somebody who comes back from the identity provider."""
    try:
        response = await _begun(request)
    except ServiceError as error:
        failed = isinstance(error, ProviderError | ProviderUnavailableError)
        SIGN_IN_OUTCOMES.labels("provider-failed" if failed else "refused").inc()
        raise
    refused = response.status == HTTPStatus.FORBIDDEN
    SIGN_IN_OUTCOMES.labels("not-a-member" if refused else "completed").inc()
    return response


async def _begun(request: web.Request) -> web.Response:
    sign_in = _sign_in(request)
    transaction = request.app[ATTEMPTS].take(request)
    if transaction is None:
        raise SignInError(_NOT_BEGUN)
    try:
        await sign_in.client.check_sender(request.query.get("iss"))
        await sign_in.spend_state(transaction)
        person = await sign_in.client.finish(transaction, _code(request))
    except SignInError as error:
        _log.warning("request %s: sign-in refused: %s", request[REQUEST_ID], _reason(error))
        raise
    account, row = await sign_in.begin_session(
        person,
        actor(request),
        agent=_agent(request),
        instead_of=await storage.session_id(request),
    )
    if row is None:
        await storage.forget(request)
        return await outsider_response(request, account)
    await storage.begin(request, row.session_id)
    return see_other(request.app[SETTINGS].public_url + transaction.next_page)


async def ask_logout(request: web.Request) -> web.Response:
    """Ask whether to sign out; without a session here, go on to the provider's own."""
    links = request.app[LINKS]
    sign_in = _sign_in(request)
    csrf = await storage.csrf_token(request)
    if csrf is None:
        return see_other(await sign_in.client.sign_out_page(None, links.home))
    page = sign_out_page(links.base, csrf)
    return page_response(page, form_targets=form_targets(request))


async def logout(request: web.Request) -> web.Response:
    """End the session here, then at the identity provider."""
    sign_in, home = _sign_in(request), request.app[LINKS].home
    session_id = await storage.session_id(request)
    if session_id is None:
        return see_other(home)
    await check_csrf(request, form=True)
    id_token = await sign_in.sign_out(session_id, actor(request))
    await storage.forget(request)
    try:
        return see_other(await sign_in.client.sign_out_page(id_token, home))
    except (ProviderError, ProviderUnavailableError):
        return see_other(home)


async def backchannel_logout(request: web.Request) -> web.Response:
    """End what the identity provider says has ended (Back-Channel Logout 1.0)."""
    sign_in = _sign_in(request)
    token = (await small_form(request)).get("LOGOUT_TOKEN")
    if not token:
        raise UsageError("logout_token: must be sent, as a field of a form")
    try:
        ended = await sign_in.sign_out_by_provider(token, actor(request))
    except SignInError as error:
        _log.warning("request %s: logout token refused: %s", request[REQUEST_ID], _reason(error))
        raise
    _log.info("request %s: the provider ended %d sessions", request[REQUEST_ID], ended)
    response = web.Response()
    # Kept open, the connection could be dead when the provider uses it next, after a
    # restart of this server, and its call would be lost.
    response.force_close()
    return response


def _sign_in(request: web.Request) -> SignIn:
    found = request.app[SIGN_IN]
    if found is None:
        raise UnknownResultError(
            "signing in is switched off here; an operator hands out access tokens"
        )
    return found


def _agent(request: web.Request) -> str:
    """Give what the browser calls itself; bytes that are not UTF-8 are replaced."""
    return request.headers.get("User-Agent", "").encode("utf-8", "replace").decode()


def _code(request: web.Request) -> str:
    error, code = request.query.get("error"), request.query.get("code")
    if error is not None:
        _log.warning("request %s: the provider responded %.40r", request[REQUEST_ID], error)
    if error == "access_denied":
        raise SignInError("the sign-in was cancelled at the identity provider")
    if error in _AWAY:
        raise ProviderUnavailableError("the identity provider cannot sign anybody in just now")
    if error is not None or not code:
        raise ProviderError("the identity provider refused the sign-in")
    return code


def _reason(error: SignInError) -> str:
    return "; ".join((error.message, *getattr(error, "__notes__", ())))
