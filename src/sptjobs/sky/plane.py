"""The gnomonic plane around a direction, in which great circles are straight lines."""

import math

from sptjobs.sky.vectors import Vector, cross, dot, east_of

PlanePoint = tuple[float, float]

_HORIZON = 1e-9


class GnomonicPlane:
    """The plane that touches the sphere at a direction; x is east, y is north.

    Parameters
    ----------
    middle
        Where it touches.
    turn
        Position angle of the plane's +y [deg], from north through east.
    """

    def __init__(self, middle: Vector, turn: float = 0.0) -> None:
        east = east_of(middle)
        north = cross(middle, east)
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        self.middle = middle
        self._x = _mixed(east, c, north, -s)
        self._y = _mixed(east, s, north, c)

    def point(self, vector: Vector) -> PlanePoint | None:
        """Where a direction lies [rad at the middle]; None on the far side."""
        depth = dot(self.middle, vector)
        if depth < _HORIZON:
            return None
        return dot(self._x, vector) / depth, dot(self._y, vector) / depth

    def vector(self, point: PlanePoint) -> Vector:
        """Direction of a point."""
        x, y = point
        a, b, c = (m + x * e + y * n for m, e, n in zip(self.middle, self._x, self._y, strict=True))
        length = math.sqrt(a * a + b * b + c * c)
        return a / length, b / length, c / length


def _mixed(a: Vector, p: float, b: Vector, q: float) -> Vector:
    return a[0] * p + b[0] * q, a[1] * p + b[1] * q, a[2] * p + b[2] * q


def turn_of(a: PlanePoint, b: PlanePoint, c: PlanePoint) -> float:
    """Twice the signed area of a triangle; positive where it goes counter-clockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
