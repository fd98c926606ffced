"""Where positions lie on a map's pixels, and which pixels their stamps need."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.pixel_sides import pixel_sides, sides_at
from sptjobs.formats.flat_sky.wcs import record_frame, record_wcs
from sptjobs.formats.geometry import Box, first_pixel, pixels_across, stamp_box, stamp_shape
from sptjobs.formats.placement import Need, Placed, Sizes
from sptjobs.formats.sky_positions import Floats, Indices, Positions
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order

_AT_ONCE = 65_536

_REACH = {Order.NEAREST: 2, Order.BILINEAR: 2, Order.BICUBIC: 14}
"""Map pixels beyond the outline that a value depends on; the spline filter's memory is
0.268 a pixel, 1e-8 after 14."""

SAMPLED = frozenset(_REACH)
"""Orders that look at single places of a map."""


def place(record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes) -> Placed:
    """Place positions on a map; those whose stamps cannot meet it are left out."""
    # What is computed on the way takes more memory than what is found.
    starts = range(0, max(len(asked), 1), _AT_ONCE)
    slices = (slice(start, start + _AT_ONCE) for start in starts)
    met = [_met(record, positions, asked, sizes, some) for some in slices]
    # One after the other: none but that at hand is there twice.
    columns = [np.concatenate([some.popleft() for some in met]) for _ in range(len(met[0]))]
    order = np.lexsort((columns[0], columns[1], columns[3]))
    for number in range(len(columns)):
        columns[number] = columns[number][order]
    found, x, y, first, height, pixels, north = columns
    ny = record.shape[0]
    return Placed(
        found=found,
        x=x,
        y=y,
        north=north,
        rows=np.clip(first, 0, ny),
        ends=np.clip(first + height, 0, ny),
        pixels=pixels,
    )


def _met(
    record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes, some: slice
) -> deque[Any]:
    """Of some of the positions those whose stamps may meet a map.

    Returns
    -------
    found, x, y, first, height, pixels, north
        Which of those asked for; their places; first row, rows and pixels of their stamps;
        direction of north.
    """
    asked = asked[some]
    sizes = replace(sizes, xsize=sizes.xsize[some], ysize=sizes.ysize[some])
    wcs, framed = record_wcs(record), positions.in_frame(record_frame(record))
    # NaN where the map's projection does not reach.
    x, y = wcs.wcs_world2pix(framed.lon[asked], framed.lat[asked], 0)
    ny, nx = record.shape
    wide, high = pixel_sides(record, x, y)
    width, height = pixels_across(sizes.xsize, wide), pixels_across(sizes.ysize, high)
    rows = first_pixel(y, height)
    if sizes.resampled:
        # Whichever way north points, and however the projection stretches there.
        diagonal = np.hypot(sizes.xsize, sizes.ysize)
        reach_x, reach_y = (_generous(diagonal, side) for side in (wide, high))
    else:
        reach_x, reach_y = width, height
    # Where the projection does not reach, pixels are NaN and compare as false.
    found = np.flatnonzero(_overlaps(x, reach_x, nx) & _overlaps(y, reach_y, ny))
    columns = [each[found] for each in (x, y, rows, height, width * height)]
    north = _north(record, positions, asked[found], (columns[0], columns[1]))
    return deque([found + some.start, *columns, north])


def _generous(diagonal: Floats, side: Floats) -> Floats:
    """More pixels than a stamp takes, also where a cylindrical map stretches near a pole."""
    return np.asarray(np.ceil(np.pi * diagonal / side) + 4)


def _overlaps(place: Floats, count: Floats, side: int) -> NDArray[np.bool_]:
    """Whether ``count`` pixels around a place meet an axis of ``side`` pixels."""
    first = first_pixel(place, count)
    return np.asarray((first < side) & (first + count > 0))


def _north(
    record: MapRecord, positions: Positions, asked: Indices, places: tuple[Floats, Floats]
) -> Floats:
    """Position angle of north from +y, counter-clockwise (towards -x), at places [deg]."""
    wcs, framed = record_wcs(record), positions.in_frame(record_frame(record))
    x_north, y_north = wcs.wcs_world2pix(framed.lon_north[asked], framed.lat_north[asked], 0)
    return np.asarray(np.degrees(np.arctan2(places[0] - x_north, y_north - places[1])))


def pixel_box(x: float, y: float) -> Box:
    """The pixel that holds a place."""
    column, row = math.floor(x + 0.5), math.floor(y + 0.5)
    return Box(column, row, column + 1, row + 1)


def is_on(record: MapRecord, x: float, y: float) -> bool:
    """Whether a place lies on a pixel of a map."""
    return not pixel_box(x, y).clipped(record.shape).is_empty


def needed_box(record: MapRecord, need: Need) -> Box:
    """About the pixels that a stamp needs; they may reach over the map's edge."""
    if need.order is None:
        return native_box(record, need)
    side = min(sides_at(record, need.x, need.y))
    radius = min(math.hypot(need.xsize, need.ysize) / 2 / side, max(record.shape))
    count = 2 * (math.ceil(radius) + margin(record, need.order, need.pixel_scale))
    return stamp_box(need.x, need.y, (count, count))


def native_box(record: MapRecord, need: Need) -> Box:
    """The map pixels of a native stamp at full size."""
    shape = stamp_shape(need.xsize, need.ysize, *sides_at(record, need.x, need.y))
    return stamp_box(need.x, need.y, shape)


def native_corners(
    record: MapRecord, needs: Sequence[Need]
) -> tuple[tuple[int, int], Indices, Indices]:
    """Shape (ny, nx) and first columns and rows of native stamps of one size.

    Parameters
    ----------
    record
        A map with even pixels.
    """
    side = record.pixel_scale_arcmin
    ny, nx = stamp_shape(needs[0].xsize, needs[0].ysize, side)
    x, y = np.array([need.x for need in needs]), np.array([need.y for need in needs])
    x0 = first_pixel(x, np.full(len(x), float(nx)))
    y0 = first_pixel(y, np.full(len(y), float(ny)))
    return (ny, nx), x0.astype(np.int64), y0.astype(np.int64)


def margin(record: MapRecord, order: Order, pixel_scale: float | None) -> int:
    """Map pixels beyond a stamp's outline that its resampled values depend on."""
    if order in _REACH:
        return _REACH[order]
    ratio = max(1.0, (pixel_scale or 0.0) / record.pixel_scale_arcmin)
    # Adaptive takes samples within two output pixels, exact within one.
    return math.ceil(4 * ratio) + 3
