"""Which targets a footprint contains: spherical polygons in plain Python.

The corners of a footprint are joined by great circles, which are straight lines
in the gnomonic plane around its middle, so that plane geometry is exact there.
Many targets are sorted by the cell of a grid that they fall into; only those
near the boundary are looked at one by one.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sptjobs.sky.plane import PlanePoint
from sptjobs.sky.vectors import Vector, cross, dot, normed, unit_vector, vector_sum

Polygon = Sequence[tuple[float, float]]

_CELLS = 32
_STEEPEST = math.cos(math.radians(80))


class Cover(IntEnum):
    """How a stamp lies to a footprint, from worst to best."""

    OUTSIDE = 0
    EDGE = 1
    INSIDE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A stamp: the unit vector of its centre, and its half diagonal [rad]."""

    vector: Vector
    reach: float

    @classmethod
    def of(cls, ra: float, dec: float, xsize: float, ysize: float) -> "Place":
        """Place a stamp at (ra, dec) [deg] of xsize by ysize [arcmin]."""
        return cls(unit_vector(ra, dec), math.radians(math.hypot(xsize, ysize) / 120))


def covers(footprint: Iterable[Polygon], places: Sequence[Place]) -> list[Cover]:
    """How each stamp lies to a footprint of several polygons.

    A stamp counts as inside when the circle around it is, so that one near the
    boundary is never promised whole.
    """
    found = [Cover.OUTSIDE] * len(places)
    for polygon in footprint:
        for index, cover in _Plane(polygon).covers(places):
            found[index] = max(found[index], cover)
    return found


class _Plane:
    """One polygon in the gnomonic plane around its middle."""

    def __init__(self, polygon: Polygon) -> None:
        corners = [unit_vector(ra, dec) for ra, dec in polygon]
        middle = normed(vector_sum(corners))
        self._middle = middle
        self._east = normed((-middle[1], middle[0], 0.0)) if abs(middle[2]) < 1 else (1.0, 0, 0)
        self._north = cross(middle, self._east)
        points = [self._project(corner) for corner in corners]
        self._edges = list(zip(points, points[1:] + points[:1], strict=True))
        xs, ys = zip(*points, strict=True)
        self._low, self._high = (min(xs), min(ys)), (max(xs), max(ys))
        self._nearest = min(dot(middle, corner) for corner in corners)
        self._step = max(self._high[0] - self._low[0], self._high[1] - self._low[1]) / _CELLS
        self._cells: dict[tuple[int, int], Cover | None] = {}

    def covers(self, places: Sequence[Place]) -> Iterator[tuple[int, Cover]]:
        """Indices of the stamps that are not outside, and how they lie."""
        widest = max((place.reach for place in places), default=0.0)
        # Whatever is further from the middle than the furthest corner is outside.
        limit = math.cos(min(math.acos(min(1.0, self._nearest)) + widest, math.pi / 2 - 1e-3))
        reach = self._scaled(widest, max(limit, _STEEPEST))
        mx, my, mz = self._middle
        for index, place in enumerate(places):
            x, y, z = place.vector
            depth = mx * x + my * y + mz * z
            if depth < limit:
                continue
            point = self._project(place.vector)
            cover = self._of_cell(point, reach)
            if cover is None:
                cover = self._exact(point, self._scaled(place.reach, depth))
            if cover:
                yield index, cover

    def _of_cell(self, point: PlanePoint, reach: float) -> Cover | None:
        """How all stamps of a point's cell lie; None where that differs."""
        step = self._step
        cell = (int((point[0] - self._low[0]) // step), int((point[1] - self._low[1]) // step))
        if cell not in self._cells:
            middle = (
                self._low[0] + (cell[0] + 0.5) * step,
                self._low[1] + (cell[1] + 0.5) * step,
            )
            cover = self._exact(middle, reach + step * math.sqrt(0.5))
            self._cells[cell] = None if cover is Cover.EDGE else cover
        return self._cells[cell]

    def _exact(self, point: PlanePoint, reach: float) -> Cover:
        """How a circle of radius ``reach`` lies to the polygon."""
        px, py = point
        inside, limit = False, reach * reach
        for (ax, ay), (bx, by) in self._edges:
            dx, dy, ox, oy = bx - ax, by - ay, px - ax, py - ay
            along = (ox * dx + oy * dy) / ((dx * dx + dy * dy) or 1.0)
            along = 0.0 if along < 0 else min(along, 1.0)
            if (ox - along * dx) ** 2 + (oy - along * dy) ** 2 < limit:
                return Cover.EDGE
            if (ay > py) != (by > py) and ox < dx * oy / dy:
                inside = not inside
        return Cover.INSIDE if inside else Cover.OUTSIDE

    @staticmethod
    def _scaled(reach: float, depth: float) -> float:
        """A small angle in the plane, where it is drawn longest."""
        return reach / max(depth, _STEEPEST) ** 2

    def _project(self, vector: Vector) -> PlanePoint:
        depth = dot(self._middle, vector)
        return dot(self._east, vector) / depth, dot(self._north, vector) / depth
