"""Values of a HEALPix map's pixels by number, without reading the map.

The file is mapped into memory. Pixel numbers that are sorted are searched as they stand; of
others a sorted copy is made on disk. Whatever is given was compared with the file's sums: also
that a pixel is not there, by the numbers on both sides of its place.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.healpix.binary_table import TableColumn
from sptjobs.formats.healpix.pixel_layout import PixelLayout
from sptjobs.formats.sky_positions import Indices
from sptjobs.formats.stored_file import OpenFile
from sptjobs.maps.map_error import MapError

UNSEEN = -1.6375e30
"""What stands for no value, whatever BAD_DATA says."""

CHUNK = 1 << 20
"""Pixels that are read at a time."""

_GAP = 1 << 16
"""Bytes between two pixels that are worth a check of their own."""

_Places = Callable[[Indices], Indices]


class PixelRows:
    """The pixels of an open map; places count them as they are stored, from 0.

    Parameters
    ----------
    file, layout
        The file, and where the map is in it.
    is_sorted
        Whether the pixel numbers were found to rise.
    state
        State of the file, by which a sorted copy of its numbers is kept for the next time.
    """

    def __init__(
        self, file: OpenFile, layout: PixelLayout, *, is_sorted: bool, state: FileState | None
    ) -> None:
        self._file, self._layout, self._is_sorted = file, layout, is_sorted
        self._state = state
        self._own_copy: _SortedCopy | None = None
        table = layout.table
        mapped = np.memmap(file.plain, np.uint8, "r", table.start, (table.rows, table.row_bytes))
        self._bytes = mapped.view(np.ndarray)
        bad = table.header.get("BAD_DATA")
        self._bad = [UNSEEN] + ([float(bad)] if isinstance(bad, int | float) else [])

    def places(self, pixels: Indices) -> Indices:
        """Places of pixels; -1 of those that are not stored.

        Parameters
        ----------
        pixels
            Their numbers, rising.
        """
        layout = self._layout
        if layout.index is None:
            found = pixels - layout.first
            return np.where((found >= 0) & (found < layout.count), found, -1)
        if self._is_sorted:
            return self._searched(pixels, layout.index)
        return self._sorted_copy().places(pixels)

    def values(self, column: TableColumn, places: Indices) -> NDArray[np.floating]:
        """Physical values at rising places; NaN where there is none."""
        values = column.physical(self._stored(column, places))
        for bad in self._bad:
            # As near as a 32-bit number comes to it.
            values[np.isclose(values, bad, rtol=1e-5, atol=0.0)] = np.nan
        return values

    def numbers(self, places: Indices) -> Indices:
        """Pixel numbers at rising places."""
        if self._layout.index is None:
            return places + self._layout.first
        return self._stored(self._layout.index, places).astype(np.int64)

    def chunks(self) -> Iterator[Indices]:
        """All places, some at a time."""
        for start in range(0, self._layout.count, CHUNK):
            yield np.arange(start, min(start + CHUNK, self._layout.count))

    def _all_of(self, column: TableColumn) -> Callable[[Indices], NDArray[np.number]]:
        """What gives stored values at places, without any check."""
        assert column.dtype is not None
        dtype, rows = np.dtype(column.dtype), self._layout.table.rows
        values: NDArray[np.number] = np.ndarray(
            (rows, column.repeat),
            dtype,
            self._bytes.data,
            column.offset,
            (self._layout.table.row_bytes, dtype.itemsize),
        )
        return lambda places: values[places // column.repeat, places % column.repeat]

    def _stored(self, column: TableColumn, places: Indices) -> NDArray[np.number]:
        """Stored values at rising places, whose bytes are those that were catalogued."""
        table, rows = self._layout.table, places // column.repeat
        apart = np.flatnonzero(np.diff(rows) * table.row_bytes > _GAP) + 1
        groups = [group for group in np.split(rows, apart) if len(group)]
        # Each from the beginning of its first row to the end of its last one.
        spans = [
            (
                table.start + int(group[0]) * table.row_bytes,
                table.start + (int(group[-1]) + 1) * table.row_bytes,
            )
            for group in groups
        ]
        with damage_named():
            return self._file.checked(spans, partial(self._all_of(column), places))

    def _searched(self, pixels: Indices, index: TableColumn) -> Indices:
        """Places of pixels whose numbers are sorted in the file."""
        count = self._layout.count
        found = lower_bounds(self._all_of(index), count, pixels)
        # The search has looked at bytes that nobody checked: the numbers around decide.
        inside, above = found < count, found > 0
        here, before = np.full(len(pixels), -1), np.full(len(pixels), -1)
        here[inside] = self.numbers(found[inside])
        before[above] = self.numbers(found[above] - 1)
        if (inside & (here < pixels)).any() or (above & (before >= pixels)).any():
            raise MapError("the map file is damaged: its pixel numbers do not rise any more")
        return np.where(here == pixels, found, -1)

    def _sorted_copy(self) -> "_SortedCopy":
        if self._state is None:
            if self._own_copy is None:
                self._own_copy = _SortedCopy(self)
            return self._own_copy
        if self._state not in _copies:
            _copies.clear()
            _copies[self._state] = _SortedCopy(self)
        return _copies[self._state]


class _SortedCopy:
    """Pixel numbers and their places, sorted a chunk at a time, in a file without a name."""

    def __init__(self, rows: PixelRows) -> None:
        with tempfile.TemporaryFile(prefix="sptjobs-") as content:
            lengths = []
            for places in rows.chunks():
                numbers = rows.numbers(places)
                order = np.argsort(numbers, kind="stable")
                np.stack([numbers[order], places[order]]).tofile(content)
                lengths.append(len(places))
            content.flush()
            mapped = np.memmap(content, np.int64, "r").view(np.ndarray)
        ends = np.cumsum(lengths) * 2
        starts = ends - 2 * np.array(lengths)
        self._runs = [
            mapped[start:end].reshape(2, -1) for start, end in zip(starts, ends, strict=True)
        ]

    def places(self, pixels: Indices) -> Indices:
        """Places of pixels; -1 of those that are not stored."""
        found = np.full(len(pixels), -1)
        for numbers, places in self._runs:
            at = np.minimum(np.searchsorted(numbers, pixels), len(numbers) - 1)
            is_here = numbers[at] == pixels
            found[is_here] = places[at[is_here]]
        return found


_copies: OrderedDict[FileState, _SortedCopy] = OrderedDict()
"""The copy of the map that was open last."""


def lower_bounds(
    give: Callable[[Indices], NDArray[np.number]], count: int, sought: Indices
) -> Indices:
    """First places of rising numbers, ``count`` of them, that are not below those sought."""
    low, high = np.zeros(len(sought), np.int64), np.full(len(sought), count, np.int64)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        below = np.zeros(len(sought), bool)
        below[open_] = give(middle[open_]) < sought[open_]
        low = np.where(open_ & below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def weights_or_ones(
    rows: PixelRows, column: TableColumn | None, places: Indices
) -> NDArray[np.floating]:
    """Weights at rising places, 0 where there is none; of a map without weights 1."""
    if column is None:
        return np.ones(len(places), np.float32)
    weights = rows.values(column, places)
    return np.asarray(np.nan_to_num(weights, nan=0.0, posinf=0.0, neginf=0.0))
