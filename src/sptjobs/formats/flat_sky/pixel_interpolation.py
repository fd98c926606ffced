"""Interpolating a map at the pixels of many stamps at once, as reproject does it for one.

A place in the outer half of the map's outermost pixels counts as on their centres; beyond them
there is nothing. What any pixel that an order needs leaves unobserved is NaN.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sptjobs.compiled.loops import compiled_loops
from sptjobs.formats.flat_sky.images import Image, stacked
from sptjobs.formats.flat_sky.inpainting import inpainted
from sptjobs.formats.flat_sky.zenithal import MapPlaces
from sptjobs.formats.geometry import Box
from sptjobs.formats.sky_positions import Floats
from sptjobs.request.cutout_request import Order

Stack = NDArray[Any]
_Indices = NDArray[np.intp]


def sampled(
    images: tuple[Image, Image],
    shape: tuple[int, int],
    places: MapPlaces,
    order: Order,
    reach: int,
) -> tuple[Stack, Stack] | None:
    """Pixels and weights of stamps (n, ny, nx); None where one of them is not on the map at all.

    Parameters
    ----------
    images, shape
        Pixels and weights of the map, and its rows and columns.
    places
        Where the stamps' pixels are on the map.
    reach
        Map pixels that a value depends on, beyond its place.
    """
    on_map, inside = _placed(places, shape)
    if inside is None:
        return None
    boxes = _boxes(inside, reach, shape)
    sci, wgt = images
    # Each in the corner of its layer.
    ny, nx = (max(sides) for sides in zip(*(box.shape for box in boxes), strict=True))
    corners_of = np.array(boxes, np.int64)
    pixels = stacked(sci, corners_of, (ny, nx), np.nan)
    weights = stacked(wgt, corners_of, (ny, nx), 0.0)
    loops = compiled_loops()
    if loops is not None and order in _COMPILED and pixels.dtype == weights.dtype:
        values, nearest = (np.empty(inside.x.shape, pixels.dtype) for _ in range(2))
        about = order is Order.BILINEAR, pixels, weights, pixels.itemsize, ny, nx, corners_of
        there = b"" if on_map is None else np.ascontiguousarray(on_map)
        loops.sample(*about, *map(np.ascontiguousarray, inside), there, values, nearest)
        return values, nearest
    observed = np.isfinite(pixels)
    observed &= weights > 0
    if not observed.all():
        pixels[~observed] = np.nan
    corners = _Corners.of(inside, boxes, pixels)
    nearest = _taken(weights, corners.nearest)
    if not np.isfinite(nearest).all():
        nearest = np.nan_to_num(nearest)
    if on_map is not None:
        nearest[~on_map] = 0
    values = _VALUES[order](pixels, corners, boxes)
    has_weight = nearest > 0
    if not has_weight.all():
        values[~has_weight] = np.nan
    return values.astype(pixels.dtype), nearest


def _placed(
    places: MapPlaces, shape: tuple[int, int]
) -> tuple[NDArray[np.bool_] | None, MapPlaces | None]:
    """Which places are on the map, None for all; and where they count as; None off the map."""
    last = [side - 1.0 for side in shape[::-1]]
    if all(p.min() >= 0 and p.max() <= end for p, end in zip(places, last, strict=True)):
        return None, places
    on_map = np.logical_and.reduce(
        [(p >= -0.5) & (p < end + 0.5) for p, end in zip(places, last, strict=True)]
    )
    if not on_map.any(axis=(1, 2)).all():
        return on_map, None
    return on_map, MapPlaces(*(p.clip(0, end) for p, end in zip(places, last, strict=True)))


class _Corners(NamedTuple):
    """_Indices into a flattened stack, and where places are between them.

    Attributes
    ----------
    here, step, stride
        The pixel to the lower left of each place, and how far it is to its neighbours.
    right, up
        Distance from its centre [pixel].
    x, y
        MapPlaces in the windows' pixels, from 0.
    """

    here: _Indices
    step: _Indices | int
    stride: _Indices | int
    right: Floats
    up: Floats
    x: Floats
    y: Floats

    @property
    def nearest(self) -> _Indices:
        """The pixel that holds each place."""
        across, over = (self.right >= 0.5) * self.step, (self.up >= 0.5) * self.stride
        return np.asarray(self.here + across + over, dtype=np.intp)

    @classmethod
    def of(cls, places: MapPlaces, boxes: Sequence[Box], stack: Stack) -> "_Corners":
        """Corners of places on the map, none of them negative."""
        count, ny, nx = stack.shape
        x = places.x - np.array([box.x0 for box in boxes], np.float64)[:, None, None]
        y = places.y - np.array([box.y0 for box in boxes], np.float64)[:, None, None]
        column, row = x.astype(np.intp), y.astype(np.intp)
        step = _steps(column, [box.shape[1] for box in boxes], 1)
        stride = _steps(row, [box.shape[0] for box in boxes], nx)
        right, up = x - column, y - row
        row *= nx
        row += column
        row += (np.arange(count) * (ny * nx))[:, None, None]
        return cls(row, step, stride, right, up, x, y)


def _steps(first: _Indices, sides: Sequence[int], step: int) -> _Indices | int:
    """How far it is to the next pixel of an axis.

    Beyond the map's last pixel that is the one before: it counts for nothing, unless it is NaN.
    """
    ends = np.array(sides)[:, None, None]
    beyond = first + 1 >= ends
    if not beyond.any():
        return step
    return np.where(beyond, -step * (ends > 1), step)


def _boxes(places: MapPlaces, reach: int, shape: tuple[int, int]) -> list[Box]:
    """Map pixels around the places of each stamp."""
    ends = (f(axis, axis=(1, 2)).astype(int).tolist() for f in (np.min, np.max) for axis in places)
    return [
        Box(x0, y0, x1 + 2, y1 + 2).grown(reach).clipped(shape)
        for x0, y0, x1, y1 in zip(*ends, strict=True)
    ]


def _taken(stack: Stack, places: _Indices) -> Stack:
    """Values at indices into a flattened stack; all are in it, so that none has to be compared."""
    return stack.ravel().take(places, mode="wrap")


def _nearest(pixels: Stack, corners: _Corners, boxes: Sequence[Box]) -> Floats:
    del boxes
    return _taken(pixels, corners.nearest).astype(np.float64)


def _bilinear(pixels: Stack, corners: _Corners, boxes: Sequence[Box]) -> Floats:
    del boxes
    here, step, stride, right, up, *_ = corners
    left, above = 1 - right, here + stride
    lower = _taken(pixels, here) * left
    lower += _taken(pixels, here + step) * right
    upper = _taken(pixels, above) * left
    upper += _taken(pixels, above + step) * right
    lower *= 1 - up
    upper *= up
    lower += upper
    return np.asarray(lower)


def _bicubic(pixels: Stack, corners: _Corners, boxes: Sequence[Box]) -> Floats:
    """Cubic splines through the observed pixels, wherever the bilinear value is one.

    See ``sptjobs.formats.flat_sky.reprojection`` for what they are beside holes.
    """
    values = _bilinear(pixels, corners, boxes)
    columns = (pixels, boxes, corners.x, corners.y, values)
    for layer, box, column, row, out in zip(*columns, strict=True):
        observed = np.isfinite(out)
        if not observed.any():
            continue
        window = layer[: box.shape[0], : box.shape[1]].astype(np.float64)
        if np.isnan(window).any():
            window = inpainted(window)
        spline = ndimage.map_coordinates(window, [row, column], order=3, mode="constant")
        out[observed] = spline[observed]
    return values


_COMPILED = {Order.NEAREST, Order.BILINEAR}
_VALUES = {Order.NEAREST: _nearest, Order.BILINEAR: _bilinear, Order.BICUBIC: _bicubic}
