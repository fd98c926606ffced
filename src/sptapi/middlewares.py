"""What every request goes through, outermost first.

Request id and log line; errors to answers; identity. Headers that every answer
carries are added when it is prepared, so that streamed answers have them too.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from sptapi.auth.policy import ScopeError, check_scope
from sptapi.auth.tokens import InvalidTokenError
from sptapi.keys import GATE, IDENTITY, REQUEST_ID, SCOPES, STARTED, Handler
from sptapi.representations.accept import preferred
from sptapi.representations.problem import error_json, error_text
from sptjobs.uws.errors import (
    ActiveLimitError,
    AuthenticationError,
    AuthorizationError,
    LimitError,
    MediaTypeError,
    ServiceError,
    TooLargeError,
    TransitionError,
    UnavailableError,
    UnknownJobError,
    UnknownResultError,
    UsageError,
)

_log = logging.getLogger(__name__)
_access_log = logging.getLogger("sptapi.access")

_SANE_ID = re.compile("[A-Za-z0-9._-]{1,64}")
_REALM = 'Bearer realm="spt3g"'
_RETRY_AFTER_S = MappingProxyType(
    {HTTPStatus.TOO_MANY_REQUESTS: 10, HTTPStatus.SERVICE_UNAVAILABLE: 5}
)

STATUS: Mapping[type[ServiceError], HTTPStatus] = MappingProxyType(
    {
        UsageError: HTTPStatus.BAD_REQUEST,
        MediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        UnknownJobError: HTTPStatus.NOT_FOUND,
        UnknownResultError: HTTPStatus.NOT_FOUND,
        TransitionError: HTTPStatus.FORBIDDEN,
        LimitError: HTTPStatus.FORBIDDEN,
        ActiveLimitError: HTTPStatus.TOO_MANY_REQUESTS,
        AuthenticationError: HTTPStatus.UNAUTHORIZED,
        AuthorizationError: HTTPStatus.FORBIDDEN,
        UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""The one table from a class of errors to a status; subclasses inherit."""

SECURITY_HEADERS = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


def status_of(error: ServiceError) -> HTTPStatus:
    """Find the status of an error's class, or of its nearest ancestor."""
    for ancestor in type(error).__mro__:
        if issubclass(ancestor, ServiceError) and ancestor in STATUS:
            return STATUS[ancestor]
    return HTTPStatus.INTERNAL_SERVER_ERROR


@web.middleware
async def request_ids(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and log one line about it."""
    sent = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = sent if _SANE_ID.fullmatch(sent) else uuid.uuid4().hex
    began = time.perf_counter()
    status = 499  # what is left when the client went away
    try:
        response = await handler(request)
        status = response.status
    finally:
        _access_log.info(
            "%s %s %d %.1f ms request_id=%s account=%s",
            request.method,
            request.rel_url.raw_path,
            status,
            1000 * (time.perf_counter() - began),
            request[REQUEST_ID],
            request[IDENTITY].account_id if IDENTITY in request else "-",
        )
    return response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into an answer; what is unforeseen only into the log."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _router_answer(request, error)
    except ServiceError as error:
        if STARTED in request:
            return _broken_off(request)
        return error_answer(request, error)
    except ConnectionError:
        # The client went away; there is nobody to tell.
        raise
    except Exception:  # noqa: BLE001 - the last line of defence, logged below
        if STARTED in request:
            return _broken_off(request)
        _log.exception("request %s failed", request[REQUEST_ID])
        return error_answer(
            request,
            ServiceError(f"the service failed; the operators find it as {request[REQUEST_ID]}"),
        )


@web.middleware
async def identity(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only authenticated users with the right scope reach what is not public."""
    match = request.match_info
    scope = None if match.http_exception else request.app[SCOPES][match.handler]
    if scope is not None:
        found = await request.app[GATE].admit(request.headers.get("Authorization"))
        request[IDENTITY] = found
        check_scope(found, scope)
    return await handler(request)


@web.middleware
async def unbroken_changes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Finish what a client began to change, even when it hangs up.

    Reading stops with the client, so that its WAIT does not linger.
    """
    if request.method in {"GET", "HEAD"}:
        return await handler(request)
    return await asyncio.shield(asyncio.ensure_future(handler(request)))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every answer; a handler's own choice stands."""
    request[STARTED] = True
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if REQUEST_ID in request:
        response.headers["X-Request-ID"] = request[REQUEST_ID]
    if IDENTITY in request:
        # A name may hold any character, a header only some.
        response.headers["X-VO-Authenticated"] = quote(request[IDENTITY].name, safe=" @.-_")


def error_answer(request: web.Request, error: ServiceError) -> web.Response:
    """Answer with an error, in the form that the client asked for."""
    status = status_of(error)
    response = _answer(request, error, status)
    if status is HTTPStatus.UNAUTHORIZED:
        invalid = ', error="invalid_token"' if isinstance(error, InvalidTokenError) else ""
        response.headers["WWW-Authenticate"] = _REALM + invalid
    if isinstance(error, ScopeError):
        response.headers["WWW-Authenticate"] = f'{_REALM}, error="insufficient_scope"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        _log.warning("request %s: %s", request[REQUEST_ID], error.message)
    if status in _RETRY_AFTER_S:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S[status])
    return response


def _router_answer(request: web.Request, error: web.HTTPException) -> web.Response:
    """Answer with what aiohttp itself refused: no such address, no such method."""
    path = request.rel_url.raw_path[:200]
    messages = {
        HTTPStatus.NOT_FOUND: f"there is nothing at {path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {path}",
    }
    message = messages.get(HTTPStatus(error.status), error.reason)
    response = _answer(request, UsageError(message), error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _answer(request: web.Request, error: ServiceError, status: int) -> web.Response:
    wanted = preferred(request.headers.get("Accept", ""), ("text/plain", "application/json"))
    if wanted == "application/json":
        body = error_json(error, status, request[REQUEST_ID])
        return web.Response(body=body, status=status, content_type="application/problem+json")
    return web.Response(
        body=error_text(error), status=status, content_type="text/plain", charset="utf-8"
    )


def _broken_off(request: web.Request) -> web.StreamResponse:
    """Cut the connection: half an answer must not look like a whole one."""
    _log.exception("request %s failed while its answer was sent", request[REQUEST_ID])
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError
