"""Byte ranges and entity tags (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``stop``, end exclusive."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start


class UnsatisfiableRangeError(Exception):
    """The range lies beyond the end of the file."""


def requested_span(header: str | None, size: int) -> Span | None:
    """Read a Range header; None means the whole file.

    Several ranges at once, other units and nonsense are ignored, as the standard
    allows: the client then gets everything.

    Raises
    ------
    UnsatisfiableRangeError
        The range begins behind the last byte.
    """
    match = _RANGE.fullmatch(header) if header is not None else None
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, stop = max(size - int(suffix), 0), size
    else:
        start = int(first)
        stop = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise UnsatisfiableRangeError
    return Span(start, stop)


def matches(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match, If-Match or If-Range header names an entity tag."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or header.strip() == "*"
