"""Whatever goes wrong becomes a response, in the form that the client asked for."""

import logging
import sys
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from sptapi.auth.access_tokens import InvalidTokenError
from sptapi.auth.oidc.sign_in_errors import ProviderError, SignInError
from sptapi.auth.policy import ScopeError
from sptapi.http.authentication_schemes import challenges
from sptapi.http.browsers import is_script, preferred_form
from sptapi.http.problem import error_json, error_page, error_text
from sptapi.keys import IDENTITY, LINKS, REQUEST_ID, SETTINGS, STARTED, Handler
from sptapi.metrics import REFUSED_REQUESTS
from sptapi.representations.style import CONTENT_SECURITY_POLICY
from sptjobs.uws.errors import (
    ActiveLimitError,
    AddressTooLongError,
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    LimitError,
    LostResultError,
    MediaTypeError,
    RateError,
    ServiceError,
    TooLargeError,
    TransitionError,
    UnavailableError,
    UnknownJobError,
    UnknownMapError,
    UnknownResultError,
    UnknownTokenError,
    UsageError,
)

_log = logging.getLogger(__name__)

_GONE = 499
"""Status of a request whose response broke off, as nginx has it."""

_FORMS = ("text/plain", "application/json", "application/problem+json", "text/html")
_RETRY_AFTER_S = MappingProxyType(
    {HTTPStatus.TOO_MANY_REQUESTS: 10, HTTPStatus.SERVICE_UNAVAILABLE: 5}
)

STATUS: Mapping[type[ServiceError], HTTPStatus] = MappingProxyType(
    {
        UsageError: HTTPStatus.BAD_REQUEST,
        MediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        AddressTooLongError: HTTPStatus.REQUEST_URI_TOO_LONG,
        UnknownJobError: HTTPStatus.NOT_FOUND,
        UnknownMapError: HTTPStatus.NOT_FOUND,
        UnknownResultError: HTTPStatus.NOT_FOUND,
        LostResultError: HTTPStatus.GONE,
        UnknownTokenError: HTTPStatus.NOT_FOUND,
        TransitionError: HTTPStatus.FORBIDDEN,
        ConflictError: HTTPStatus.PRECONDITION_FAILED,
        LimitError: HTTPStatus.FORBIDDEN,
        ActiveLimitError: HTTPStatus.TOO_MANY_REQUESTS,
        RateError: HTTPStatus.TOO_MANY_REQUESTS,
        AuthenticationError: HTTPStatus.UNAUTHORIZED,
        AuthorizationError: HTTPStatus.FORBIDDEN,
        UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
        ProviderError: HTTPStatus.BAD_GATEWAY,
    }
)
"""The one table from a class of errors to a status; subclasses inherit."""


def status_of(error: ServiceError) -> HTTPStatus:
    """Find the status of an error's class, or of its nearest ancestor."""
    for ancestor in type(error).__mro__:
        if issubclass(ancestor, ServiceError) and ancestor in STATUS:
            return STATUS[ancestor]
    return HTTPStatus.INTERNAL_SERVER_ERROR


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into a response; what is unforeseen only into the log."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _router_response(request, error)
    except ServiceError as error:
        if isinstance(error, LimitError) and error.limit is not None:
            REFUSED_REQUESTS.labels(error.limit).inc()
        if STARTED in request:
            return _broken_off(request)
        return error_response(request, error)
    except Exception as error:  # noqa: BLE001 - the last line of defence, logged there
        return _unforeseen(request, error)


def _unforeseen(request: web.Request, error: Exception) -> web.StreamResponse:
    request_id = request[REQUEST_ID]
    if isinstance(error, ConnectionError) and _is_gone(request):
        _log.info("request %s: the client is gone: %s", request_id, error)
        return _cut(request)
    if STARTED in request:
        return _broken_off(request)
    _log.exception("request %s failed", request_id)
    text = f"the service failed; the operators find it as {request_id}"
    return error_response(request, ServiceError(text))


def error_response(request: web.Request, error: ServiceError) -> web.Response:
    """Respond with an error, in the form that the client asked for."""
    status = status_of(error)
    response = _response(request, error, status)
    if status is HTTPStatus.UNAUTHORIZED:
        _challenge(
            request, response, "invalid_token" if isinstance(error, InvalidTokenError) else ""
        )
    if isinstance(error, ScopeError):
        _challenge(request, response, "insufficient_scope")
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        _log.warning("request %s: %s", request[REQUEST_ID], error.message)
    if isinstance(error, RateError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif status in _RETRY_AFTER_S:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S[status])
    return response


def _challenge(request: web.Request, response: web.Response, code: str) -> None:
    for challenge in challenges(request, code):
        response.headers.add("WWW-Authenticate", challenge)


def _router_response(request: web.Request, error: web.HTTPException) -> web.Response:
    """Respond with what aiohttp itself refused: no such address, no such method."""
    path = request.rel_url.raw_path[:200]
    messages = {
        HTTPStatus.NOT_FOUND: f"there is nothing at {path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {path}",
    }
    message = messages.get(HTTPStatus(error.status), error.reason)
    response = _response(request, UsageError(message), error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _response(request: web.Request, error: ServiceError, status: int) -> web.Response:
    """Write problem JSON, a page, or what DALI 1.1 (section 4.2) requires: plain text."""
    forms = ("application/json", *_FORMS) if is_script(request) else _FORMS
    match preferred_form(request, forms):
        case "text/html":
            return _page(request, error, HTTPStatus(status))
        case "text/plain":
            return web.Response(
                body=error_text(error), status=status, content_type="text/plain", charset="utf-8"
            )
    body = error_json(error, status, request[REQUEST_ID])
    return web.Response(body=body, status=status, content_type="application/problem+json")


def _page(request: web.Request, error: ServiceError, status: HTTPStatus) -> web.Response:
    base = request.app[LINKS].base
    links = _ways_on(request, status)
    if status is HTTPStatus.UNAUTHORIZED or isinstance(error, SignInError):
        # A failed sign-in begins anew: what it came back with is in no link.
        again = request.method == "GET" and status is HTTPStatus.UNAUTHORIZED
        asked = request.rel_url.raw_path_qs if again else "/"
        links.insert(0, (f"{base}/account/login?next={quote(asked, safe='')}", "Sign in"))
    text = error_page(
        base, f"{status.value} {status.phrase}", error.message, request[REQUEST_ID], links
    )
    return web.Response(
        body=text.encode("utf-8", "backslashreplace"),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )


def _ways_on(request: web.Request, status: HTTPStatus) -> list[tuple[str, str]]:
    """Say where to go from an error: to what was probably looked for, then to the start."""
    base, path = request.app[LINKS].base, request.path.removeprefix(request.app[SETTINGS].base_path)
    ways = [(base + "/", "Start page")]
    if path.startswith(("/api/", "/docs")):
        ways.insert(0, (base + "/docs", "API reference"))
    elif path.startswith("/ops/") and IDENTITY in request and request[IDENTITY].is_admin:
        ways.insert(0, (base + "/ops/", "Operations"))
    elif path.startswith("/files/") and status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        ways.insert(0, (base + "/app/cutout/jobs", "Your jobs"))
    return ways


def _broken_off(request: web.Request) -> web.StreamResponse:
    """Say why a response broke off, and cut it."""
    error = sys.exception()
    if isinstance(error, AuthenticationError | AuthorizationError):
        _log.info("request %s ended while its response was sent: %s", request[REQUEST_ID], error)
    else:
        _log.exception("request %s failed while its response was sent", request[REQUEST_ID])
    return _cut(request)


def _is_gone(request: web.Request) -> bool:
    """Whether a broken connection can be the client's: there is nobody to respond to then."""
    return STARTED in request or request.transport is None or request.transport.is_closing()


def _cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection: half a response must not look like a whole one.

    The status is for the log alone: raised instead, aiohttp would log a traceback.
    """
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=_GONE, reason="Client Closed Request")
