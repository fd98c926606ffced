"""Windows of an image that is decoded by rows.

Stamps come sorted by row, so that a band of decoded rows that rolls down the map
decodes each row once.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.geometry import Box

_BAND_BYTES = 48 << 20
"""Memory for the decoded rows of one image; windows that need more are read directly."""
_BLOCK_BYTES = 16 << 20
"""Most memory that one decoding call is made to take."""
_AHEAD_ROWS = 64
"""Rows decoded in one call where the coming windows need them: a call costs about five rows."""


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
