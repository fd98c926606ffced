"""A part of a job's files as one tar, streamed from its packs."""

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.packs.outcomes import RowFilter
from sptjobs.packs.reader import StoredFile, iter_files
from sptjobs.packs.stream import Segment, chunks_of
from sptjobs.packs.writer import TAR_FILE, member_header

_CLOSING = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, slots=True)
class Selection:
    """Files by their paths, or by the rows of the manifest that name them."""

    paths: tuple[str, ...]
    rows: RowFilter | None


def stored_files(folders: Sequence[Path]) -> Iterator[StoredFile]:
    """Every file of some packs, in the order of the parts.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    for folder in folders:
        for entry in iter_files(folder):
            yield StoredFile(entry, folder / TAR_FILE)


def selection_length(files: Sequence[StoredFile]) -> int:
    """Bytes of the tar that ``selection_stream`` gives."""
    return sum(segment.size for segment in _segments(files))


def selection_stream(files: Sequence[StoredFile], *, start: int, stop: int) -> Iterator[bytes]:
    """Chunks of one tar of these files, from byte ``start`` to ``stop``.

    Raises
    ------
    UnavailableError
        A pack is gone, or shorter than it was.
    """
    return chunks_of(_segments(files), start=start, stop=stop)


def _segments(files: Sequence[StoredFile]) -> Iterator[Segment]:
    for stored in files:
        entry = stored.entry
        header = member_header(entry.name, entry.size)
        yield Segment(header, len(header))
        yield Segment(stored.tar, entry.size, entry.offset)
        padding = bytes(-entry.size % tarfile.BLOCKSIZE)
        yield Segment(padding, len(padding))
    yield Segment(_CLOSING, len(_CLOSING))
