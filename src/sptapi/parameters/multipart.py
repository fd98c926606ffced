"""``multipart/form-data`` bodies (RFC 7578, RFC 2046 section 5.1).

The body is in memory already and bounded, so that it can be split in one go;
clients that quote odd boundaries or put headers in any order are read alike.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from sptjobs.uws.errors import UsageError

_MAX_PARTS = 1000
_MAX_HEADER = 1024
"""Bytes of a part's header: its name, its file's name and its type."""

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``filename`` is None for a plain form field."""

    name: str
    filename: str | None
    charset: str
    content: bytes


def boundary_of(content_type: str) -> bytes:
    """Find the boundary in a Content-Type header, quoted or not.

    Raises
    ------
    UsageError
        There is none, or it is longer than the 70 characters of RFC 2046.
    """
    match = _BOUNDARY.search(content_type)
    quoted, plain = match.groups() if match is not None else (None, None)
    # The standard library would take angle brackets for quotes and drop them.
    boundary = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    if not boundary or len(boundary) > 70 or not boundary.isascii():
        raise UsageError("Content-Type: multipart/form-data needs a boundary of 1 to 70 characters")
    return boundary.encode()


def split_parts(body: bytes, boundary: bytes) -> Iterator[Part]:
    """Give the parts of a body in order.

    Raises
    ------
    UsageError
        The body is cut short, holds too many parts, or a part has no name.
    """
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(delimiter, _MAX_PARTS + 2)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise UsageError("the multipart body does not end with its boundary, or has too many parts")
    for number, piece in enumerate(pieces[1:-1], start=1):
        yield _part(piece, number)


def _part(piece: bytes, number: int) -> Part:
    # What follows the boundary on its line is padding.
    padding, _, rest = piece.partition(b"\r\n")
    head, separator, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if padding.strip(b" \t") or not separator or len(head) > _MAX_HEADER:
        raise UsageError(f"part {number} of the multipart body has no proper header")
    # Names are UTF-8 (RFC 7578, section 5.1); the parser of bytes knows ASCII only.
    text = head.lstrip(b"\r\n").decode("utf-8", "replace")
    headers = HeaderParser().parsestr(text + "\r\n\r\n")
    name = _option(headers, "name")
    if not name:
        raise UsageError(f"part {number} of the multipart body has no name")
    if headers.get("Content-Transfer-Encoding", "binary").strip().lower() not in {
        "7bit",
        "8bit",
        "binary",
    }:
        raise UsageError(f"{name}: Content-Transfer-Encoding is not used in forms (RFC 7578)")
    charset = headers.get_content_charset("utf-8")
    return Part(name, _option(headers, "filename"), charset, content)


def _option(headers: Message, option: str) -> str | None:
    value = headers.get_param(option, header="Content-Disposition")
    if value is None:
        return None
    if isinstance(value, tuple):
        charset, _, text = value
        try:
            return bytes(text, "latin-1", "replace").decode(charset or "utf-8", "replace")
        except (LookupError, ValueError) as error:
            raise UsageError(
                f"a part's {option} is in {(charset or '')[:40]!r}, which is no known charset"
            ) from error
    return value
