"""Reading packed tiles from a file."""

import os
from collections.abc import Sequence

from sptjobs.formats.flat_sky.tiles.tile_table import PackedTile
from sptjobs.formats.stored_file import OpenFile

_AT_ONCE_BYTES = 4 << 20


def read_pieces(file: OpenFile, pieces: Sequence[PackedTile]) -> list[memoryview]:
    """Read pieces of a file, together where they are neighbours as those of a table are."""
    found: list[memoryview] = []
    first = 0
    while first < len(pieces):
        end = _together(pieces, first)
        run = pieces[first:end]
        low, high = min(p.begin for p in run), max(p.end for p in run)
        content = memoryview(_read(file, low, high))
        found += [content[p.begin - low : p.end - low] for p in run]
        first = end
    return found


def _together(pieces: Sequence[PackedTile], first: int) -> int:
    """End of the pieces from ``first`` on that follow each other without a gap."""
    end = first + 1
    while (
        end < len(pieces)
        and pieces[end].begin == pieces[end - 1].end
        and pieces[end].end - pieces[first].begin <= _AT_ONCE_BYTES
    ):
        end += 1
    return end


def _read(file: OpenFile, begin: int, end: int) -> bytes:
    descriptor = file.plain.fileno()
    return file.checked([(begin, end)], lambda: os.pread(descriptor, end - begin, begin))
