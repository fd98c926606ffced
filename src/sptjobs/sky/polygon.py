"""Polygons on the sky, whose sides are great circles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sptjobs.sky.circle import SQUARE_DEGREES, Circle
from sptjobs.sky.enclosing import smallest_circle
from sptjobs.sky.plane import GnomonicPlane, PlanePoint, turn_of
from sptjobs.sky.vectors import Vector, cross, dot, position_of, unit_vector

Corner = tuple[float, float]

ON_LINE = 1e-12
"""How near to a side [rad] is on it."""

_NOTHING_SR = 1e-18
"""Area below which a polygon is a line."""


class RegionError(Exception):
    """A region makes no sense; the text says why."""


@dataclass(frozen=True)
class SphericalPolygon:
    """The smaller of the two sides of a closed line, whichever way it was drawn.

    Attributes
    ----------
    corners
        Right ascension and declination [deg, ICRS] of at least three corners, the last
        one joined with the first.

    Raises
    ------
    RegionError
        There are fewer than three different corners, the line crosses itself, has no
        area, or does not fit into less than a hemisphere.

    Notes
    -----
    DALI 1.1, section 3.3.7, asks for corners counter-clockwise; its own example and SODA's run
    the other way, and so do programs. A polygon that fits into a hemisphere can mean one
    side only.
    """

    corners: tuple[Corner, ...]

    def __post_init__(self) -> None:
        """Refuse what is no polygon."""
        object.__setattr__(self, "corners", _distinct(self.corners))
        if len(self.corners) < 3:
            raise RegionError("has fewer than three different corners")
        points = self._points
        _refuse_crossing(points)
        if self.area < _NOTHING_SR * SQUARE_DEGREES:
            raise RegionError("has no area")

    @cached_property
    def _vectors(self) -> tuple[Vector, ...]:
        return tuple(unit_vector(*corner) for corner in self.corners)

    @cached_property
    def _around(self) -> tuple[Vector, float]:
        around = smallest_circle(self._vectors)
        if around is None:
            raise RegionError("does not fit into less than a hemisphere")
        return around

    @cached_property
    def _plane(self) -> GnomonicPlane:
        return GnomonicPlane(self._around[0])

    @cached_property
    def _points(self) -> list[PlanePoint]:
        found = [self._plane.point(vector) for vector in self._vectors]
        points = [point for point in found if point is not None]
        if len(points) < len(found):
            raise RegionError("does not fit into less than a hemisphere")
        return points

    @property
    def area(self) -> float:
        """[deg²], by the solid angles of triangles (Van Oosterom & Strackee 1983)."""
        first, *rest = self._vectors
        triangles = pairwise(rest)
        return abs(math.fsum(_solid_angle(first, b, c) for b, c in triangles)) * SQUARE_DEGREES

    @cached_property
    def bounding_circle(self) -> Circle:
        """The smallest circle around it."""
        centre, radius = self._around
        return Circle(*position_of(centre), math.degrees(radius))

    def contains(self, ra: float, dec: float) -> bool:
        """Whether a position [deg] lies in it, or on its line."""
        point = self._plane.point(unit_vector(ra, dec))
        if point is None:
            return False
        inside, (px, py) = False, point
        for (ax, ay), (bx, by) in _sides(self._points):
            dx, dy, ox, oy = bx - ax, by - ay, px - ax, py - ay
            along = min(1.0, max(0.0, (ox * dx + oy * dy) / (dx * dx + dy * dy)))
            if math.hypot(ox - along * dx, oy - along * dy) < ON_LINE:
                return True
            if (ay > py) != (by > py) and ox < dx * oy / dy:
                inside = not inside
        return inside

    def paths(self) -> list[list[Vector]]:
        """Its sides as one closed line."""
        return [[*self._vectors, self._vectors[0]]]

    def __str__(self) -> str:
        """As DALI writes it."""
        return " ".join(("POLYGON", *(repr(each) for corner in self.corners for each in corner)))


def _distinct(corners: Sequence[Corner]) -> tuple[Corner, ...]:
    """Corners without those that repeat the one before, the last before the first too."""
    kept = [each for each, before in zip(corners, (None, *corners), strict=False) if each != before]
    while len(kept) > 1 and kept[-1] == kept[0]:
        kept.pop()
    return tuple(kept)


def _sides(points: Sequence[PlanePoint]) -> list[tuple[PlanePoint, PlanePoint]]:
    return list(zip(points, [*points[1:], points[0]], strict=True))


def _refuse_crossing(points: Sequence[PlanePoint]) -> None:
    sides = _sides(points)
    for place, (a, b) in enumerate(sides):
        low, high = min(a[0], b[0]), max(a[0], b[0])
        for c, d in sides[place + 2 :]:
            if max(c[0], d[0]) < low or min(c[0], d[0]) > high:
                continue
            if turn_of(a, b, c) * turn_of(a, b, d) < 0 and turn_of(c, d, a) * turn_of(c, d, b) < 0:
                raise RegionError("crosses itself")


def _solid_angle(a: Vector, b: Vector, c: Vector) -> float:
    volume = dot(a, cross(b, c))
    return 2 * math.atan2(volume, 1 + dot(a, b) + dot(b, c) + dot(c, a))
