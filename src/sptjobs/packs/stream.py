"""Streams of given, stored and made bytes, which are known to the byte before the first is sent.

Their length is stated, and any range can be sent alone, so that a broken download resumes.
"""

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sptjobs.uws.errors import UnavailableError

_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive bytes of the tar: given ones, those of a file from ``offset`` on, or made ones.

    What is made has to be ``size`` bytes long, each time that it is made.
    """

    source: bytes | Path | Callable[[], Iterable[bytes]]
    size: int
    offset: int = 0


CLOSING = Segment(bytes(2 * tarfile.BLOCKSIZE), 2 * tarfile.BLOCKSIZE)
"""The empty blocks that end a tar."""


def chunks_of(
    segments: Iterable[Segment], *, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """Chunks of segments one after the other, from byte ``start`` to ``stop``."""
    begin = 0
    for segment in segments:
        first = max(start - begin, 0)
        last = segment.size if stop is None else min(stop - begin, segment.size)
        if first < last:
            yield from _chunks(segment, first, last)
        begin += segment.size


def _chunks(segment: Segment, first: int, last: int) -> Iterator[bytes]:
    if isinstance(segment.source, bytes):
        yield segment.source[first:last]
    elif isinstance(segment.source, Path):
        yield from _read(segment.source, segment.offset + first, last - first)
    else:
        yield from _made(segment.source(), first, last)


def _made(chunks: Iterable[bytes], first: int, last: int) -> Iterator[bytes]:
    begin = 0
    for chunk in chunks:
        if begin >= last:
            return
        if begin + len(chunk) > first:
            yield chunk[max(first - begin, 0) : last - begin]
        begin += len(chunk)
    if begin < last:
        raise UnavailableError("a table of the tar is shorter than it was")


def _read(path: Path, start: int, left: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            while left:
                chunk = stream.read(min(_CHUNK, left))
                if not chunk:
                    raise _cut_off(path, "it is shorter than it was")
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise _cut_off(path, error.strerror) from error


def _cut_off(path: Path, why: str | None) -> UnavailableError:
    return UnavailableError(f"{path.parent.name}/{path.name} cannot be read: {why}")
