"""The observed pixels of a map as a multi-order coverage map (MOC).

A cell of the sky belongs to it when a sample lies in it. Where everything around is observed,
samples are a third of a cell apart; near the outline they are the pixels' centres, or
several in each pixel where cells are as small as pixels.

References
----------
IVOA MOC 2.0.
"""

import math
from collections.abc import Iterator

import numpy as np
from astropy import units
from mocpy import MOC
from numpy.typing import NDArray
from scipy import ndimage

from sptjobs.formats.flat_sky.observed_pixels import ObservedPixels
from sptjobs.formats.outline import Points
from sptjobs.formats.polygons import PlacedBlocks

_SIDE_DEG = math.degrees(math.sqrt(math.pi / 3))
"""Side of a cell of order 0 [deg]."""

_EXCESS = 0.006
"""Part by which cells along the outline may enlarge the area: as it is estimated."""

_MAX_EXCESS = 0.008
"""The same, as it turns out to be."""

_MAX_CELLS = 60_000
_FINEST = 4
"""Cells across a pixel."""

_SPARSE = 3
"""Samples across a cell."""

_NEAR_PIXELS = 12
"""Pixels that are at least sampled as those along the outline are."""

_SUPER = 16
_AT_ONCE = 1 << 18
_SKY_DEG2 = 4 * math.pi * math.degrees(1) ** 2


def observed_moc(coverage: ObservedPixels, placed: PlacedBlocks, scale_deg: float) -> str:
    """Write the observed pixels as a MOC in ASCII.

    Parameters
    ----------
    placed
        Places the map's blocks on the sky.
    scale_deg
        Side of a pixel [deg].
    """
    area = _area_deg2(coverage, placed)
    finest = _order_of(scale_deg / _FINEST)
    order = min(_first_order(coverage, scale_deg), finest)
    while True:
        moc = _moc(coverage, placed, scale_deg, order)
        is_close = moc.sky_fraction * _SKY_DEG2 <= area * (1 + _MAX_EXCESS)
        if is_close or order == finest or len(moc.uniq_hpx) > _MAX_CELLS // 2:
            return str(moc.to_string("ascii")).strip()
        order += 1


def _order_of(side_deg: float) -> int:
    """The first order whose cells have no longer sides."""
    return min(29, max(0, math.ceil(math.log2(_SIDE_DEG / side_deg))))


def _first_order(coverage: ObservedPixels, scale_deg: float) -> int:
    """Order whose cells enlarge the area by little, unless they would be too many."""
    blocks = np.pad(coverage.blocks, 1)
    sides = sum(int((np.diff(blocks, axis=axis) != 0).sum()) for axis in (0, 1)) * coverage.step
    pixels = int(coverage.counts.sum())
    side = _EXCESS * pixels / (0.4 * sides) * scale_deg
    return _order_of(max(side, 1.5 * sides * scale_deg / _MAX_CELLS))


def _area_deg2(coverage: ObservedPixels, placed: PlacedBlocks) -> float:
    """Area of the observed pixels, by the size of a pixel in each of some hundred places."""
    rows, columns = (np.arange(0, count, _SUPER) for count in coverage.counts.shape)
    tall = np.add.reduceat(coverage.counts, rows, axis=0)
    counts = np.add.reduceat(tall, columns, axis=1)
    y, x = np.nonzero(counts)
    half = 0.5 / coverage.step
    middle = np.stack([(x + 0.5) * _SUPER, (y + 0.5) * _SUPER], axis=-1)
    middle = np.minimum(middle, np.array(coverage.counts.shape[::-1]) - half)
    offsets = ((-half, 0), (half, 0), (0, -half), (0, half))
    left, right, down, up = (placed.directions(middle + np.array(each)) for each in offsets)
    pixel = np.linalg.norm(np.cross(right - left, up - down), axis=-1)
    pixel = np.where(np.isfinite(pixel), pixel, np.nanmedian(pixel))
    return float((pixel * counts[y, x]).sum()) * math.degrees(1) ** 2


def _moc(coverage: ObservedPixels, placed: PlacedBlocks, scale_deg: float, order: int) -> MOC:
    cell = _SIDE_DEG / 2**order / scale_deg
    reach = max(2 * cell, _NEAR_PIXELS)
    inner = _inner(coverage, reach)
    # Cells half as large as the way to the outline hold nothing that is not observed.
    large = min(order, _order_of(reach / 2 * scale_deg))
    # Only cells of one order on both sides of a border cannot leave out a pixel at it.
    spacing = cell / _SPARSE if large == order else 1.0
    found = _of_samples(_inner_samples(coverage, inner, spacing), coverage, placed, large)
    return found.union(_of_samples(_outer_samples(coverage, inner, cell), coverage, placed, order))


def _of_samples(
    samples: Iterator[Points], coverage: ObservedPixels, placed: PlacedBlocks, order: int
) -> MOC:
    """The cells of an order in which samples lie."""
    found = MOC.new_empty(order)
    for points in samples:
        x, y, z = placed.directions(points / coverage.step).T
        seen = np.isfinite(x)
        lon = np.degrees(np.arctan2(y[seen], x[seen])) % 360
        lat = np.degrees(np.arctan2(z[seen], np.hypot(x[seen], y[seen])))
        found = found.union(MOC.from_lonlat(lon * units.deg, lat * units.deg, max_norder=order))
    return found


def _inner_samples(
    coverage: ObservedPixels, inner: NDArray[np.bool_], spacing: float
) -> Iterator[Points]:
    """Places in blocks far from the outline, in pixels from the map's corner, as ``spacing``."""
    step = coverage.step
    across = max(1, math.ceil(step / spacing))
    stride = max(1, int(spacing / step))
    rows, columns = np.nonzero(inner[::stride, ::stride])
    yield from _spread(columns * stride * step, rows * stride * step, step, across)


def _outer_samples(
    coverage: ObservedPixels, inner: NDArray[np.bool_], cell: float
) -> Iterator[Points]:
    """Places in all observed pixels of other blocks."""
    step = coverage.step
    within = max(1, math.ceil(2.5 / cell))
    for first, mask in coverage.bands():
        blocks = inner[first // step : -(-(first + mask.shape[0]) // step)]
        near = ~np.repeat(np.repeat(blocks, step, axis=0), step, axis=1)
        y, x = np.nonzero(mask & near[: mask.shape[0], : mask.shape[1]])
        yield from _spread(x, y + first, 1, within)


def _inner(coverage: ObservedPixels, reach: float) -> NDArray[np.bool_]:
    """Blocks that have nothing but observed blocks within a reach [pixel]."""
    step = coverage.step
    ny, nx = coverage.shape
    heights, widths = (np.minimum(step, n - np.arange(0, n, step)) for n in (ny, nx))
    whole = coverage.counts == heights[:, None] * widths[None, :]
    size = 2 * math.ceil(reach / step) + 3
    return np.asarray(ndimage.minimum_filter(whole, size=size, mode="constant", cval=0))


def _spread(x: NDArray[np.int64], y: NDArray[np.int64], size: int, across: int) -> Iterator[Points]:
    """Places spread evenly over squares of pixels, some at a time."""
    offsets = (np.arange(across) + 0.5) * size / across
    for start in range(0, x.size, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        for dy in offsets:
            for dx in offsets:
                yield np.stack([x[some] + dx, y[some] + dy], axis=-1)
