"""Sending bytes that are read while they are sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from http import HTTPStatus

from aiohttp import web

from sptapi.http.compression import compress
from sptapi.http.ranges import Span, UnsatisfiableRangeError, matches, requested_span

_BLOCK_BYTES = 1 << 17
"""What is sent at once, which with its copy in the transport is the memory of a download."""

_STALL_S = 60.0
"""How long a client may take nothing; 2 kB/s are enough."""


class StalledClientError(ConnectionError):
    """The client keeps the connection open and takes nothing."""


def caching(etag: str) -> dict[str, str]:
    """Headers by which a browser may keep a copy, but checks it again each time."""
    return {"ETag": etag, "Cache-Control": "private, no-cache"}


def not_modified(request: web.Request, etag: str) -> web.Response | None:
    """Say that what the client has is still the same; None when it is not, or has nothing."""
    if not matches(request.headers.get("If-None-Match"), etag):
        return None
    return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=caching(etag))


async def send_ranged(
    request: web.Request,
    chunks: Callable[[Span], Iterator[bytes]],
    size: int,
    etag: str,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """Send something of known size: all of it, a range, or only that it has not changed.

    Parameters
    ----------
    chunks
        Gives the bytes of a span.
    etag
        Strong entity tag, quoted.
    """
    if (fresh := not_modified(request, etag)) is not None:
        return fresh
    always = {**caching(etag), "Accept-Ranges": "bytes"}
    unchanged = "If-Range" not in request.headers or matches(request.headers["If-Range"], etag)
    try:
        span = requested_span(request.headers.get("Range") if unchanged else None, size)
    except UnsatisfiableRangeError:
        always["Content-Range"] = f"bytes */{size}"
        return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=always)
    response = web.StreamResponse(headers={**headers, **always})
    if span is not None:
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    span = span or Span(0, size)
    response.content_length = span.length
    return await send_chunks(request, response, chunks(span))


async def send_chunks(
    request: web.Request, response: web.StreamResponse, chunks: Iterator[bytes]
) -> web.StreamResponse:
    """Send chunks under the head that ``response`` has."""
    return await send_blocks(request, response, _off_loop(chunks))


async def send_blocks(
    request: web.Request, response: web.StreamResponse, blocks: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send blocks that are made while they are sent, under the head that ``response`` has."""
    compress(request, response)
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    # The first block is read before the head is sent, so that what cannot be read
    # becomes a status instead of a broken connection.
    first = await anext(blocks, b"")
    await response.prepare(request)
    await _write(response, first)
    async for block in blocks:
        await _write(response, block)
    await response.write_eof()
    return response


async def _write(response: web.StreamResponse, block: bytes) -> None:
    """Send a block.

    Raises
    ------
    StalledClientError
        The client does not take it.
    """
    try:
        async with asyncio.timeout(_STALL_S):
            await response.write(block)
    except TimeoutError:
        raise StalledClientError(f"the client took nothing for {_STALL_S:g} s") from None


async def _off_loop(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Run an iterator that reads a disk in threads; small chunks are joined."""
    while block := await asyncio.to_thread(_block, chunks):
        yield block


def _block(chunks: Iterator[bytes]) -> bytes:
    block = bytearray()
    for chunk in chunks:
        if not block and len(chunk) >= _BLOCK_BYTES:
            return chunk
        block += chunk
        if len(block) >= _BLOCK_BYTES:
            break
    return bytes(block)
