"""gzip for whoever accepts it.

References
----------
RFC 9110, sections 8.8.3.3 and 12.5.3: an entity tag tells codings apart, and a response that
depends on Accept-Encoding says so by Vary. RFC 9112 leaves chunks as they are.
"""

import zlib
from functools import lru_cache
from typing import Final

from aiohttp import web

from sptapi.keys import ACCESS

_TYPES: Final = frozenset(
    {
        "application/json", "application/problem+json", "application/xml", "text/xml",
        "application/x-votable+xml", "text/csv", "text/plain",
    }
)  # fmt: skip
_PARTIAL: Final = ("Content-Encoding", "Content-Range", "Accept-Ranges")
_MIN_BYTES: Final = 1024
_SMALL_BYTES: Final = 8192
_SMALL_WBITS: Final = 16 + 13  # gzip, with a window of so many bytes
_SMALL_LEVEL: Final = 5


def compress(request: web.Request, response: web.StreamResponse) -> None:
    """Have a response compressed as it is sent, where that helps and gives nothing away.

    Only what is text, is sent whole, and comes from an address at which no secret is shown
    beside what a request may choose (BREACH). Event streams are of no such type.
    """
    if response.status == web.HTTPNotModified.status_code:
        _tag_as_known(request, response)
    if response.prepared or not _may_be_compressed(request, response):
        return
    varies = [each for each in (response.headers.get("Vary"), "Accept-Encoding") if each]
    response.headers["Vary"] = ", ".join(varies)
    if not _accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        response.headers["ETag"] = f"W/{etag}"
    if request.method == "HEAD":  # which has no body: not even the end of a compressed one
        return
    match response:
        case web.Response(body=bytes(body)) if len(body) <= _SMALL_BYTES:
            response.body = _packed(body)
            response.headers["Content-Encoding"] = "gzip"
        case _:
            response.enable_compression(web.ContentCoding.gzip)


@lru_cache(maxsize=256)
def _packed(body: bytes) -> bytes:
    """Compress with tables of its size: clearing larger ones takes longer than compressing.

    Of what does not change, the same bytes are sent again and again.
    """
    packing = zlib.compressobj(wbits=_SMALL_WBITS, memLevel=_SMALL_LEVEL)
    return packing.compress(body) + packing.flush()


def _tag_as_known(request: web.Request, response: web.StreamResponse) -> None:
    """Repeat the tag of the compressed form to a client that has this one."""
    weak = f"W/{response.headers.get('ETag', '')}"
    if weak in request.headers.get("If-None-Match", ""):
        response.headers["ETag"] = weak


def _may_be_compressed(request: web.Request, response: web.StreamResponse) -> bool:
    match = request.match_info
    secret = match.http_exception is None and request.app[ACCESS][match.handler].secret
    if secret or response.content_type not in _TYPES:
        return False
    if any(name in response.headers for name in _PARTIAL):
        return False
    if isinstance(response, web.FileResponse):
        return False  # of the web app's build, whose files are packed already
    if isinstance(response, web.Response):
        return (response.content_length or 0) >= _MIN_BYTES
    return response.content_length is None


@lru_cache(maxsize=256)
def _accepts_gzip(header: str) -> bool:
    found: dict[str, float] = {}
    for entry in header.lower().split(","):
        coding, *options = (part.strip() for part in entry.split(";"))
        found[coding] = _quality(options)
    return found.get("gzip", found.get("*", 0.0)) > 0


def _quality(options: list[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return float(option[2:])
            except ValueError:
                return 0.0
    return 1.0
