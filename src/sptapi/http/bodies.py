"""Reading a request's parameters: bounded in size and in time.

This is the one way in which bodies are read. What the HTTP library offers besides
bounds neither, and raises errors of its own.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sptapi.keys import BODY, IDENTITY, READERS
from sptapi.parameters.body import (
    MAX_BODY_BYTES,
    Form,
    read_encoding,
    read_form,
    too_large,
    unpack_body,
    without_files,
)
from sptapi.parameters.cutout import ReadApart
from sptapi.reading.readers import SharedArgument
from sptjobs.uws.errors import UsageError

_TIMEOUT_S = 60.0
_INLINE_BYTES = 1 << 16
SMALL_BYTES: Final = 1 << 16
SMALL_TIMEOUT_S: Final = 10.0
"""Size and time of a form that a page of ours, or the identity provider, sends."""

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


async def intake(request: web.Request) -> Form:
    """Read the query string and the body.

    Raises
    ------
    TooLargeError
        The body exceeds what the largest allowed table needs.
    RateError
        The user has too much under way.
    UsageError
        It did not arrive in time, or cannot be read as what it says it is.
    """
    body = await _body(request, MAX_BODY_BYTES, _TIMEOUT_S)
    arguments = (request.rel_url.raw_query_string, request.headers.get("Content-Type", ""), body)
    if len(body) <= _INLINE_BYTES:
        return read_form(*arguments)
    form: Form = await read_apart(request, read_form, *arguments)
    return form


def query(request: web.Request) -> Form:
    """Read the query string alone."""
    return read_form(request.rel_url.raw_query_string, "", b"")


async def small_intake(request: web.Request) -> Form:
    """Read the query string and a small body, such as a page of ours sends.

    Raises
    ------
    TooLargeError, UsageError
        As ``intake``, and where it holds files.
    """
    body = await _body(request, SMALL_BYTES, SMALL_TIMEOUT_S)
    content_type = request.headers.get("Content-Type", "")
    return without_files(read_form(request.rel_url.raw_query_string, content_type, body))


async def small_form(request: web.Request) -> dict[str, str]:
    """Read the fields of a small form, upper-case names first, nothing of the query string.

    Empty for a body that is no form. The body may be read again by the handler.

    Raises
    ------
    TooLargeError, UsageError
        As ``small_intake``.
    """
    body = await _body(request, SMALL_BYTES, SMALL_TIMEOUT_S)
    if request.content_type not in _FORMS:
        return {}
    return dict(without_files(read_form("", request.headers["Content-Type"], body)).fields)


async def read_apart(
    request: web.Request,
    function: Callable[..., Any],
    *arguments: Any,
    shared: SharedArgument | None = None,
    **named: Any,
) -> Any:
    """Call a function of what the user sent where it may take long and can be stopped."""
    account_id = request[IDENTITY].account_id
    return await request.app[READERS].run(account_id, function, *arguments, shared=shared, **named)


def reader_of(request: web.Request) -> ReadApart:
    """Give ``read_apart`` for those who know no requests."""
    return partial(read_apart, request)


async def _body(request: web.Request, max_bytes: int, timeout_s: float) -> bytes:
    """Read the body, or give what was read of it before."""
    if BODY not in request:
        request[BODY] = await _read_body(request, max_bytes, timeout_s)
    return request[BODY]


async def _read_body(request: web.Request, max_bytes: int, timeout_s: float) -> bytes:
    encoding = read_encoding(request.headers.get("Content-Encoding", ""))
    if (request.content_length or 0) > max_bytes:
        raise too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            with _counted(request) as count:
                async for chunk in request.content.iter_chunked(1 << 16):
                    count(len(chunk))
                    body += chunk
                    if len(body) > max_bytes:
                        raise too_large(max_bytes)
    except TimeoutError as error:
        raise UsageError(f"the body did not arrive within {timeout_s:g} s") from error
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise UsageError("the body is broken: its chunks or its length are wrong") from error
    return await _unpacked(request, bytes(body), encoding, max_bytes)


@contextmanager
def _counted(request: web.Request) -> Iterator[Callable[[int], None]]:
    """Count what arrives against the user whose it is; strangers send small bodies only."""
    if IDENTITY not in request:
        yield lambda _: None
        return
    with request.app[READERS].receiving(request[IDENTITY].account_id) as count:
        yield count


async def _unpacked(request: web.Request, body: bytes, encoding: str, max_bytes: int) -> bytes:
    if encoding == "identity":
        return body
    if IDENTITY not in request:
        return unpack_body(body, encoding, max_bytes)
    unpacked: bytes = await read_apart(request, unpack_body, body, encoding, max_bytes)
    return unpacked
