"""Masking what of a stamp lies outside of a region."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.opening.stamp_positions import pixel_positions
from sptjobs.formats.sky_positions import Floats, SkyFrame
from sptjobs.request.region_values import parse_pos_region
from sptjobs.sky.circle import Circle
from sptjobs.sky.coordinate_range import CoordinateRange
from sptjobs.sky.polygon import ON_LINE, SphericalPolygon
from sptjobs.sky.region import Region
from sptjobs.sky.vectors import Vector, cross, east_of


def masked(stamp: Stamp, region: str, frame: SkyFrame) -> Stamp:
    """Leave the pixels unobserved whose middles lie outside of a region: SCI NaN, WGT 0.

    Parameters
    ----------
    region
        As DALI writes it, in ICRS.
    frame
        Of the stamp's longitudes and latitudes.
    """
    inside = holds(parse_pos_region(region), *pixel_positions(stamp.wcs, stamp.sci.shape, frame))
    sci, wgt = np.where(inside, stamp.sci, np.nan), np.where(inside, stamp.wgt, 0)
    return replace(stamp, sci=sci.astype(stamp.sci.dtype), wgt=wgt.astype(stamp.wgt.dtype))


def holds(region: Region, ra: Floats, dec: Floats) -> NDArray[np.bool_]:
    """Whether a region holds positions [deg, ICRS]."""
    match region:
        case Circle():
            return _near(_vectors(ra, dec), region.centre, np.radians(region.radius))
        case CoordinateRange():
            east = (ra - region.west) % 360.0
            return (east <= region.span) & (region.south <= dec) & (dec <= region.north)
        case SphericalPolygon():
            return _in_polygon(region, _vectors(ra, dec))


def _vectors(ra: Floats, dec: Floats) -> NDArray[Any]:
    a, d = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])


def _near(vectors: NDArray[Any], centre: Vector, radius: float) -> NDArray[np.bool_]:
    # Half the chord is exact for small angles too.
    chord = vectors - np.reshape(centre, (3, *(1,) * (vectors.ndim - 1)))
    return np.asarray(np.sqrt((chord**2).sum(axis=0)) <= 2 * np.sin(radius / 2) + 1e-12)


def _in_polygon(polygon: SphericalPolygon, vectors: NDArray[Any]) -> NDArray[np.bool_]:
    """Count the sides to one hand, in the plane in which they are straight."""
    middle = polygon.bounding_circle.centre
    east = east_of(middle)
    axes = np.array([east, cross(middle, east), middle])
    x, y, depth = np.tensordot(axes, vectors, 1)
    path: Sequence[Vector] = polygon.paths()[0]
    corners = np.array(path) @ axes.T
    corners = corners[:, :2] / corners[:, 2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = x / depth, y / depth
    inside = np.zeros(x.shape, bool)
    on_line = inside.copy()
    for (ax, ay), (bx, by) in pairwise(corners.tolist()):
        dx, dy, ox, oy = bx - ax, by - ay, x - ax, y - ay
        along = ((ox * dx + oy * dy) / (dx * dx + dy * dy)).clip(0, 1)
        on_line |= np.hypot(ox - along * dx, oy - along * dy) < ON_LINE
        if dy:
            inside ^= ((ay > y) != (by > y)) & (ox < dx * oy / dy)
    return np.asarray((inside | on_line) & (depth > 0))
