"""Which pixels of a map are observed: SCI finite and, where there are weights, WGT > 0.

Files carry zero-weight padding, so their corners say nothing. Maps
are read a band of rows at a time and remembered as one bit a pixel at most.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.image_rows import ImageRows
from sptjobs.formats.flat_sky.layout import Layout
from sptjobs.formats.flat_sky.polarisation_images import ImagePlace
from sptjobs.maps.map_error import MapError

_BAND_PIXELS = 1 << 21
_MAX_BLOCKS = 1024


@dataclass(frozen=True, slots=True)
class ObservedPixels:
    """The observed part of a map.

    Attributes
    ----------
    blocks
        Whether any pixel of each block is observed; a block is a square of
        ``step`` pixels, smaller at the far sides.
    box
        Smallest pixel box around the observed pixels, (x0, y0, x1, y1), end exclusive.
    counts
        Number of observed pixels of each block.
    shape
        Pixels as (ny, nx).
    packed
        The pixels, a bit each, in bands of rows from the first on.
    """

    blocks: NDArray[np.bool_]
    step: int
    box: tuple[int, int, int, int]
    counts: NDArray[np.int64]
    shape: tuple[int, int]
    packed: tuple[NDArray[np.uint8], ...]

    def bands(self) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """Give the pixels in bands of rows, each with the number of its first row."""
        first = 0
        for bits in self.packed:
            yield first, np.unpackbits(bits, axis=1, count=self.shape[1]).astype(bool)
            first += bits.shape[0]


def read_coverage(layout: Layout, rows_at: Callable[[ImagePlace], ImageRows]) -> ObservedPixels:
    """Read which pixels of a map are observed.

    Parameters
    ----------
    rows_at
        Gives what reads the rows of an image.

    Raises
    ------
    MapError
        None is.
    """
    step = max(1, -(-max(layout.shape) // _MAX_BLOCKS))
    # One image after the other: a gzip file is read forwards only.
    observed: list[NDArray[np.uint8]] = []
    places = {layout.sci, layout.sci if layout.wgt is None else layout.wgt}
    for place in sorted(places, key=lambda each: (each.hdu, each.layer or 0)):
        for number, rows in enumerate(_bands(rows_at(place), layout.shape, step)):
            good = np.isfinite(rows) if place == layout.sci else rows > 0
            bits = np.packbits(good, axis=1)
            if len(observed) > number:
                observed[number] &= bits
            else:
                observed.append(bits)
    return _summary(observed, layout, step)


def _bands(rows: ImageRows, shape: tuple[int, int], step: int) -> Iterator[NDArray[Any]]:
    """Rows of an image in bands of whole blocks."""
    ny, nx = shape
    height = max(1, _BAND_PIXELS // (nx * step)) * step
    for low in range(0, ny, height):
        yield rows(low, min(low + height, ny))


def _summary(observed: list[NDArray[np.uint8]], layout: Layout, step: int) -> ObservedPixels:
    width = layout.shape[1]
    counts, in_rows = [], []
    in_columns = np.zeros(width, bool)
    for bits in observed:
        mask = np.unpackbits(bits, axis=1, count=width).astype(bool)
        in_rows.append(mask.any(axis=1))
        in_columns |= mask.any(axis=0)
        tall = np.add.reduceat(mask, np.arange(0, mask.shape[0], step), axis=0, dtype=np.int64)
        counts.append(np.add.reduceat(tall, np.arange(0, width, step), axis=1))
    y, x = np.flatnonzero(np.concatenate(in_rows)), np.flatnonzero(in_columns)
    if not y.size:
        seen = "no pixel is finite"
        if layout.wgt is not None:
            seen = "WGT is nowhere positive where SCI is finite"
        raise MapError(f"has no observed pixel: {seen}")
    box = (int(x[0]), int(y[0]), int(x[-1]) + 1, int(y[-1]) + 1)
    joined = np.concatenate(counts)
    return ObservedPixels(joined > 0, step, box, joined, layout.shape, tuple(observed))
