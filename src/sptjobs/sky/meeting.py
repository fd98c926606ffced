"""Whether a region meets a polygon, such as the footprint of a map."""

import math
from itertools import pairwise

from sptjobs.sky.circle import Circle
from sptjobs.sky.polygon import SphericalPolygon
from sptjobs.sky.region import Region
from sptjobs.sky.vectors import Vector, cross, dot, normed, position_of, separation

Arc = tuple[Vector, Vector]


def meets(region: Region, polygon: SphericalPolygon) -> bool:
    """Whether a region and a polygon have a position in common."""
    around, other = region.bounding_circle, polygon.bounding_circle
    reach = math.radians(around.radius + other.radius)
    if separation(around.centre, other.centre) > reach + 1e-12:
        return False
    if isinstance(region, Circle):
        return _circle_meets(region, polygon)
    if any(region.contains(*corner) for corner in polygon.corners):
        return True
    paths = region.paths()
    if any(polygon.contains(*position_of(path[0])) for path in paths):
        return True
    sides = _arcs(polygon)
    return any(_cross(arc, side) for path in paths for arc in pairwise(path) for side in sides)


def _circle_meets(circle: Circle, polygon: SphericalPolygon) -> bool:
    centre, reach = circle.centre, math.radians(circle.radius) + 1e-12
    if polygon.contains(circle.ra, circle.dec):
        return True
    return any(_distance(centre, arc) <= reach for arc in _arcs(polygon))


def _arcs(polygon: SphericalPolygon) -> list[Arc]:
    return list(pairwise(polygon.paths()[0]))


def _distance(point: Vector, arc: Arc) -> float:
    """Angle between a direction and the nearest of an arc [rad]."""
    start, end = arc
    pole = normed(cross(start, end))
    beside = dot(cross(pole, start), point) >= 0 and dot(cross(end, pole), point) >= 0
    if beside:
        return abs(math.asin(max(-1.0, min(1.0, dot(pole, point)))))
    return min(separation(point, start), separation(point, end))


def _cross(one: Arc, other: Arc) -> bool:
    (a, b), (c, d) = one, other
    first, second = cross(a, b), cross(c, d)
    if dot(first, c) * dot(first, d) > 0 or dot(second, a) * dot(second, b) > 0:
        return False
    # Great circles meet twice: on the arcs' own side of the sphere only this one counts.
    middle = (a[0] + b[0] + c[0] + d[0], a[1] + b[1] + c[1] + d[1], a[2] + b[2] + c[2] + d[2])
    where = cross(first, second)
    if dot(where, middle) < 0:
        where = -where[0], -where[1], -where[2]
    return all(dot(where, each) > 0 for each in (_half(a, b), _half(c, d)))


def _half(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]
