"""Circles on the sky."""

import math
from dataclasses import dataclass

from sptjobs.sky.plane import GnomonicPlane
from sptjobs.sky.vectors import Vector, separation, unit_vector

SQUARE_DEGREES = math.degrees(1) ** 2
"""In a steradian."""

_POINTS = 64


@dataclass(frozen=True, slots=True)
class Circle:
    """All that lies within an angle of a position.

    Attributes
    ----------
    ra, dec
        Centre [deg, ICRS], 0 <= ra < 360.
    radius
        [deg], from 0, which is a position, to 180, which is the whole sky.
    """

    ra: float
    dec: float
    radius: float

    @property
    def centre(self) -> Vector:
        """Direction of the centre."""
        return unit_vector(self.ra, self.dec)

    @property
    def area(self) -> float:
        """[deg²]."""
        return 4 * math.pi * math.sin(math.radians(self.radius) / 2) ** 2 * SQUARE_DEGREES

    @property
    def bounding_circle(self) -> "Circle":
        """Itself."""
        return self

    def contains(self, ra: float, dec: float) -> bool:
        """Whether a position [deg] lies in it, or on its rim."""
        return separation(self.centre, unit_vector(ra, dec)) <= math.radians(self.radius) + 1e-12

    def paths(self) -> list[list[Vector]]:
        """The rim as one closed line: of a circle that is smaller than a hemisphere."""
        plane = GnomonicPlane(self.centre)
        reach = math.tan(math.radians(min(self.radius, 89.9)))
        angles = (math.tau * step / _POINTS for step in range(_POINTS + 1))
        return [[plane.vector((reach * math.cos(a), reach * math.sin(a))) for a in angles]]

    def __str__(self) -> str:
        """As DALI writes it."""
        return f"CIRCLE {self.ra!r} {self.dec!r} {self.radius!r}"
