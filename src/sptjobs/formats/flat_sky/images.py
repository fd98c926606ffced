"""Windows of an image: mapped into memory, or decoded by rows.

Stamps come sorted by row, so that a band of decoded rows that rolls down the map
decodes each row once.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile

_BAND_BYTES = 48 << 20
"""Memory for the decoded rows of one image; windows that need more are read directly."""
_BLOCK_BYTES = 16 << 20
"""Most memory that one decoding call is made to take."""
_AHEAD_ROWS = 64
"""Rows decoded in one call where the coming windows need them: a call costs about five rows."""


class Image(Protocol):
    """What gives windows of one of a map's images."""

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""


class PlainImage:
    """An uncompressed floating-point image, mapped into memory.

    Parameters
    ----------
    file, offset, dtype, shape
        The file, where its pixels begin, and their type and (ny, nx).
    """

    def __init__(self, file: OpenFile, offset: int, dtype: str, shape: tuple[int, int]) -> None:
        mapped = np.memmap(file.plain, dtype=dtype, mode="r", offset=offset, shape=shape)
        # Slices of a memmap are memmaps, which take longer to make.
        self._pixels = mapped.view(np.ndarray)
        self._file, self._offset = file, offset

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        row, pixel = self._pixels.strides
        with damage_named():
            # From the first pixel of the box to its last.
            return self._file.checked(
                self._offset + box.y0 * row + box.x0 * pixel,
                self._offset + (box.y1 - 1) * row + box.x1 * pixel,
                self._pixels[box.y0 : box.y1, box.x0 : box.x1].copy,
            )


class RowImage:
    """An image that has to be decoded, whole rows at a time.

    Parameters
    ----------
    hdu
        Its HDU; ``section`` decodes.
    tile_rows
        Rows that are decoded together.
    expected
        About the windows that will be asked for, at least one, each on the image.
        Others work too, more slowly.
    """

    def __init__(self, hdu: Any, tile_rows: int, expected: Sequence[Box]) -> None:
        self._section, self._tile_rows = hdu.section, tile_rows
        self._rows, self._width = hdu.shape
        self._x0, self._x1 = min(box.x0 for box in expected), max(box.x1 for box in expected)
        self._spans = _row_spans(expected)
        self._first = self._end = 0
        self._band: NDArray[Any] | None = None
        self._start = 0

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        with damage_named():
            return self._window(box)

    def _window(self, box: Box) -> NDArray[Any]:
        y0, y1 = self._tile_span(box)
        probe = np.dtype(np.float64).itemsize * (self._x1 - self._x0)
        if (y1 - y0) * probe > _BAND_BYTES // 2 or not self._covers(box):
            return self._decoded(box)
        try:
            self._roll(y0, y1)
        except Exception:  # noqa: BLE001 - decoding damaged tiles may fail in any way
            # Perhaps a tile that only other stamps need: this one's own may be whole.
            return self._decoded(box)
        assert self._band is not None
        top = self._start + box.y0 - self._first
        return self._band[top : top + box.y1 - box.y0, box.x0 - self._x0 : box.x1 - self._x0].copy()

    def _covers(self, box: Box) -> bool:
        return self._x0 <= box.x0 and box.x1 <= self._x1

    def _tile_span(self, box: Box) -> tuple[int, int]:
        rows = self._tile_rows
        return box.y0 // rows * rows, min(-(-box.y1 // rows) * rows, self._rows)

    def _roll(self, y0: int, y1: int) -> None:
        """Make the band hold rows ``y0`` to ``y1``."""
        if self._band is None or y0 < self._first or y0 > self._end:
            self._first = self._end = y0
            self._start = 0
        if y1 > self._end:
            end = max(y1, min(self._end + _AHEAD_ROWS, self._needed_to(y1)))
            end = min(-(-end // self._tile_rows) * self._tile_rows, self._rows)
            self._append(self._decoded(Box(self._x0, self._end, self._x1, end)), y0)

    def _needed_to(self, row: int) -> int:
        """End of the unbroken rows that expected windows need from ``row`` on."""
        place = bisect_right(self._spans, (row, self._rows + 1)) - 1
        return max(row, self._spans[place][1]) if place >= 0 else row

    def _append(self, rows: NDArray[Any], keep_from: int) -> None:
        """Put rows behind the band; rows before ``keep_from`` go when it is full."""
        used, new = self._end - self._first, len(rows)
        band = self._band
        if band is None:
            capacity = max(new, _BAND_BYTES // max(1, rows[0].nbytes))
            band = self._band = np.empty((min(capacity, self._rows), rows.shape[1]), rows.dtype)
        if self._start + used + new > len(band):
            kept = band[self._start + keep_from - self._first : self._start + used].copy()
            band[: len(kept)] = kept
            self._start, self._first, used = 0, keep_from, len(kept)
        band[self._start + used : self._start + used + new] = rows
        self._end += new

    def _decoded(self, box: Box) -> NDArray[Any]:
        """Decode a box in blocks, because decoding takes whole rows of tiles."""
        step = max(1, _BLOCK_BYTES // (4 * self._width * self._tile_rows)) * self._tile_rows
        blocks = [
            np.asarray(self._section[y : min(y + step, box.y1), box.x0 : box.x1])
            for y in range(box.y0, box.y1, step)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _row_spans(boxes: Iterable[Box]) -> list[tuple[int, int]]:
    """First and end row of each unbroken run of rows that boxes cover, sorted."""
    spans: list[tuple[int, int]] = []
    for y0, y1 in sorted((box.y0, box.y1) for box in boxes):
        if spans and y0 <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], y1)
        else:
            spans.append((y0, y1))
    return spans


class UniformWeights:
    """The weights of a map that has none: 1 everywhere."""

    def window(self, box: Box) -> NDArray[Any]:
        """The weights of a box."""
        return np.ones(box.shape, np.float32)


def as_floats(pixels: NDArray[Any]) -> NDArray[Any]:
    """Floating-point pixels as they are; integers in a type that holds them."""
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize >= 4:
        return pixels
    return pixels.astype(np.float32 if pixels.dtype.itemsize <= 2 else np.float64)


def stacked(
    image: Image,
    corners: Sequence[tuple[int, int]],
    size: tuple[int, int],
    shape: tuple[int, int],
    fill: float,
) -> NDArray[Any]:
    """Windows of one size from an image, as (n, ny, nx).

    Parameters
    ----------
    corners
        First column and row of each window, which has at least one pixel on the image.
    size, shape
        Rows and columns of each, and of the image.
    fill
        What stands beyond the image.
    """
    (ny, nx), (rows, columns) = size, shape
    stack: NDArray[Any] | None = None
    for number, (x, y) in enumerate(corners):
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + nx, columns), min(y + ny, rows)
        pixels = image.window(Box(x0, y0, x1, y1))
        if stack is None:
            stack = np.empty((len(corners), ny, nx), as_floats(pixels[:0]).dtype)
        if pixels.shape != size:
            stack[number] = fill
        stack[number, y0 - y : y1 - y, x0 - x : x1 - x] = pixels
    assert stack is not None
    return stack
