"""The noise of a HEALPix map against its weights, on squares of its pixels all over the map."""

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.healpix.observed_cells import Stretches
from sptjobs.formats.healpix.pixel_layout import PixelLayout
from sptjobs.formats.healpix.pixel_rows import PixelRows, weights_or_ones
from sptjobs.formats.map_noise import MapNoise, measure_noise
from sptjobs.formats.sky_positions import Indices

_ORDERS = 6
"""Squares have two to the power of it pixels a side: they are cells of so many orders less."""

_SQUARES = 256
"""How many there are at the most: a million pixels tell the noise to a part in a thousand."""


_AT_ONCE = 16
"""Squares whose pixels are looked up at a time: the scan's memory."""


def pixel_noise(rows: PixelRows, layout: PixelLayout, observed: Stretches) -> MapNoise | None:
    """Measure the noise of a map that has weights; None where too few pixels are observed.

    Correlations are those along the two axes of the map's base cells.
    """
    orders = min(_ORDERS, observed.order)
    cells = _spread(observed.coarser(orders))
    offsets = _offsets(1 << orders)
    squares: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for start in range(0, len(cells), _AT_ONCE):
        some = cells[start : start + _AT_ONCE, None, None]
        pixels = layout.pixelisation.of_nested((some << (2 * orders)) + offsets)
        sci, wgt = _read(rows, layout, pixels.ravel())
        squares += zip(sci.reshape(pixels.shape), wgt.reshape(pixels.shape), strict=True)
    return measure_noise(squares)


def _spread(cells: Stretches) -> Indices:
    """Some of the cells, evenly spread over all of them."""
    step = -(-cells.count // _SQUARES)
    taken, before = [], 0
    for some in cells.cells():
        taken.append(some[-before % step :: step])
        before += len(some)
    return np.concatenate(taken)


def _offsets(side: int) -> Indices:
    """NESTED numbers of the pixels of a cell in rows and columns, from its first one on.

    References
    ----------
    Gorski et al. 2005, ApJ 622, 759, section 4.2: bits of x and y in turns.
    """
    axis = np.arange(side, dtype=np.int64)
    bits = np.arange(side.bit_length())
    apart = (((axis[:, None] >> bits) & 1) << (2 * bits)).sum(axis=1)
    return np.asarray(apart[None, :] + (apart[:, None] << 1))


def _read(
    rows: PixelRows, layout: PixelLayout, pixels: Indices
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and weights of pixels; NaN and 0 where they are not stored."""
    order = np.argsort(pixels)
    places = rows.places(pixels[order])
    stored = places >= 0
    which, there = order[stored], places[stored]
    # Stored in an order of their own, pixels in the order of their numbers are anywhere.
    rising = np.argsort(there)
    which, there = which[rising], there[rising]
    sci, wgt = np.full(len(pixels), np.nan), np.zeros(len(pixels))
    sci[which] = rows.values(layout.sci, there)
    wgt[which] = weights_or_ones(rows, layout.wgt, there)
    return sci, wgt
