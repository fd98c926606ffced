"""A region of the sky, and the window around it."""

import math
from dataclasses import dataclass

from sptjobs.sky.circle import Circle
from sptjobs.sky.coordinate_range import CoordinateRange
from sptjobs.sky.plane import GnomonicPlane
from sptjobs.sky.polygon import SphericalPolygon
from sptjobs.sky.vectors import position_of, separation, unit_vector

Region = Circle | CoordinateRange | SphericalPolygon
"""Each has ``area`` [deg²], ``bounding_circle``, ``contains(ra, dec)`` and ``paths()``, the
lines around it; its text is as DALI writes it."""

WIDEST_DEG = 80.0
"""Radius of the widest region that has a window: in the plane, larger ones have no bounds."""


@dataclass(frozen=True, slots=True)
class SkyWindow:
    """A rectangle in the gnomonic plane around its centre.

    Attributes
    ----------
    ra, dec
        Centre [deg, ICRS].
    width, height
        Along right ascension and declination at the centre [deg in the plane].
    """

    ra: float
    dec: float
    width: float
    height: float


def bounding_window(region: Region) -> SkyWindow | None:
    """Find a window around a region; None where the region is too wide for one."""
    around = region.bounding_circle
    if around.radius > WIDEST_DEG:
        return None
    if isinstance(region, Circle):
        return SkyWindow(region.ra, region.dec, *window_sides(region, region.ra, region.dec))
    left, right, bottom, top = _extent(region, around.ra, around.dec)
    middle = GnomonicPlane(around.centre).vector(((left + right) / 2, (bottom + top) / 2))
    ra, dec = position_of(middle)
    return SkyWindow(ra, dec, *window_sides(region, ra, dec))


def window_sides(region: Region, ra: float, dec: float, turn: float = 0.0) -> tuple[float, float]:
    """Width and height [deg in the plane] of the smallest window centred at a position.

    Parameters
    ----------
    turn
        Position angle of the window's height, from north through east [deg].
    """
    if isinstance(region, Circle):
        away = separation(region.centre, unit_vector(ra, dec)) + math.radians(region.radius)
        side = 2 * math.degrees(math.tan(away)) if away < math.pi / 2 else math.inf
        return side, side
    left, right, bottom, top = _extent(region, ra, dec, turn)
    return 2 * math.degrees(max(-left, right, 0.0)), 2 * math.degrees(max(-bottom, top, 0.0))


def _extent(
    region: Region, ra: float, dec: float, turn: float = 0.0
) -> tuple[float, float, float, float]:
    """Bounds of a region in the plane around a position [rad]; infinite beyond its horizon."""
    plane = GnomonicPlane(unit_vector(ra, dec), turn)
    points = [plane.point(vector) for path in region.paths() for vector in path]
    near = [point for point in points if point is not None]
    if len(near) < len(points):
        return -math.inf, math.inf, -math.inf, math.inf
    xs, ys = zip(*near, strict=True)
    return min(xs), max(xs), min(ys), max(ys)
