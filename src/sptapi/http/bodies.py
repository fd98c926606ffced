"""Reading a request's parameters: bounded in size and in time."""

import asyncio

from aiohttp import web

from sptapi.parameters.body import MAX_BODY_BYTES, Form, read_form
from sptjobs.uws.errors import TooLargeError, UsageError

_BODY_TIMEOUT_S = 60.0
_INLINE_BYTES = 1 << 16
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def intake(request: web.Request) -> Form:
    """Read the query string and the body.

    Raises
    ------
    TooLargeError
        The body exceeds what the largest allowed table needs.
    UsageError
        It did not arrive in time, or cannot be read as what it says it is.
    """
    body = await _read_body(request)
    arguments = (request.rel_url.raw_query_string, request.headers.get("Content-Type", ""), body)
    if len(body) <= _INLINE_BYTES:
        return read_form(*arguments)
    return await asyncio.to_thread(read_form, *arguments)


def query(request: web.Request) -> Form:
    """Read the query string alone."""
    return read_form(request.rel_url.raw_query_string, "", b"")


async def small_intake(request: web.Request) -> Form:
    """Read a form that a page of ours may have sent: its guard has been read from it before."""
    if request.content_type not in _FORMS:
        return await intake(request)
    sent = await request.post()
    fields = tuple((name.upper(), value) for name, value in sent.items() if isinstance(value, str))
    if len(fields) < len(sent):
        raise UsageError("this address takes no files")
    return Form(query(request).fields + fields)


async def _read_body(request: web.Request) -> bytes:
    # aiohttp bounds neither the time nor, when iterating, the size of a body.
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for chunk in request.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large()
    except TimeoutError as error:
        raise UsageError(f"the body did not arrive within {_BODY_TIMEOUT_S:g} s") from error
    return bytes(body)


def _too_large() -> TooLargeError:
    return TooLargeError(f"the body is larger than {MAX_BODY_BYTES >> 20} MB")
