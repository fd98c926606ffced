"""Directions on the sky as unit vectors."""

import math
from collections.abc import Iterable

Vector = tuple[float, float, float]


def unit_vector(ra: float, dec: float) -> Vector:
    """Direction of a position [deg]."""
    a, d = math.radians(ra), math.radians(dec)
    flat = math.cos(d)
    return flat * math.cos(a), flat * math.sin(a), math.sin(d)


def position_of(vector: Vector) -> tuple[float, float]:
    """Right ascension from 0 up to 360, and declination, of a direction [deg]."""
    x, y, z = vector
    ra = math.degrees(math.atan2(y, x)) % 360.0
    # A tiny negative angle rounds up to 360.
    return (0.0 if ra >= 360.0 else ra), math.degrees(math.atan2(z, math.hypot(x, y)))


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def vector_sum(vectors: Iterable[Vector]) -> Vector:
    """Sum of some vectors, one at least."""
    xs, ys, zs = zip(*vectors, strict=True)
    return math.fsum(xs), math.fsum(ys), math.fsum(zs)


def normed(vector: Vector) -> Vector:
    """The direction of a vector; of none, the same."""
    length = math.sqrt(dot(vector, vector)) or 1.0
    return vector[0] / length, vector[1] / length, vector[2] / length


def separation(a: Vector, b: Vector) -> float:
    """Angle between two directions [rad], exact for small ones too."""
    across = cross(a, b)
    return math.atan2(math.sqrt(dot(across, across)), dot(a, b))


def east_of(vector: Vector) -> Vector:
    """The direction east at a position; at a pole, that of right ascension 0."""
    x, y, _ = vector
    if math.hypot(x, y) < 1e-15:
        return 0.0, 1.0, 0.0
    return normed((-y, x, 0.0))
