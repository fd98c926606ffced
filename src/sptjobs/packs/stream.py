"""A job's whole result as one tar, streamed from its packs.

The tar is known to the byte before the first byte is sent: its length can be
told, and any range of it can be sent alone, so that a broken download resumes.
"""

import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.packs.reader import tar_size
from sptjobs.packs.writer import TAR_FILE, member_header
from sptjobs.uws.errors import UnavailableError

Member = tuple[str, bytes | Path]
"""Name of a file beside the packs, and its content or where that is."""

_CHUNK = 1 << 18
_CLOSING = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive bytes of the tar: given ones, or those of a file from ``offset`` on."""

    source: bytes | Path
    size: int
    offset: int = 0


def tar_length(packs: Sequence[Path], extra: Sequence[Member] = ()) -> int:
    """Bytes of the tar that ``tar_stream`` gives for the same packs and members.

    Raises
    ------
    UnavailableError
        A pack is not there.
    """
    return sum(segment.size for segment in _segments(packs, extra))


def tar_stream(
    packs: Sequence[Path], extra: Sequence[Member] = (), *, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """Chunks of one tar: the members of the packs in order, then the extra members.

    Parameters
    ----------
    packs
        Folders of packs.
    start, stop
        Range of bytes of the tar to give, end excluded; the whole by default.

    Raises
    ------
    UnavailableError
        A pack is not there, or shorter than it was.
    """
    yield from chunks_of(_segments(packs, extra), start=start, stop=stop)


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


def _segments(packs: Sequence[Path], extra: Sequence[Member]) -> Iterator[Segment]:
    for folder in packs:
        yield Segment(folder / TAR_FILE, tar_size(folder))
    for name, content in extra:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        header = member_header(name, size)
        yield Segment(header, len(header))
        yield Segment(content, size)
        padding = bytes(-size % tarfile.BLOCKSIZE)
        yield Segment(padding, len(padding))
    yield Segment(_CLOSING, len(_CLOSING))


def _chunks(segment: Segment, first: int, last: int) -> Iterator[bytes]:
    if isinstance(segment.source, bytes):
        yield segment.source[first:last]
        return
    try:
        with segment.source.open("rb") as stream:
            stream.seek(segment.offset + first)
            while first < last:
                chunk = stream.read(min(_CHUNK, last - first))
                if not chunk:
                    raise _cut_off(segment.source, "it is shorter than it was")
                first += len(chunk)
                yield chunk
    except OSError as error:
        raise _cut_off(segment.source, error.strerror) from error


def _cut_off(path: Path, why: str | None) -> UnavailableError:
    return UnavailableError(f"{path.parent.name}/{path.name} cannot be read: {why}")
