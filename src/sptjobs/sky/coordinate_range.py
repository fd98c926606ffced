"""Ranges of right ascension and declination."""

import math
from dataclasses import dataclass
from functools import cached_property

from sptjobs.sky.circle import SQUARE_DEGREES, Circle
from sptjobs.sky.enclosing import smallest_circle
from sptjobs.sky.vectors import Vector, position_of, separation, unit_vector

_STEP_DEG = 0.5
_FEWEST = 16


@dataclass(frozen=True)
class CoordinateRange:
    """All between two meridians and two parallels, limits included.

    Attributes
    ----------
    west
        Right ascension of the limit from which it reaches to the east [deg, ICRS],
        0 <= west < 360.
    span
        How far it reaches [deg], from 0 to 360, which is all around.
    south, north
        Declinations of the limits [deg].
    """

    west: float
    span: float
    south: float
    north: float

    @property
    def area(self) -> float:
        """[deg²]."""
        heights = math.sin(math.radians(self.north)) - math.sin(math.radians(self.south))
        return math.radians(self.span) * heights * SQUARE_DEGREES

    @cached_property
    def bounding_circle(self) -> Circle:
        """A small circle around it: the smallest one, but for ranges of most of the sky."""
        poles = (Circle(0.0, 90.0, 90 - self.south), Circle(0.0, -90.0, 90 + self.north))
        smallest = min(poles, key=lambda each: each.radius)
        points = [each for path in self.paths() for each in path]
        around = smallest_circle(points) if self.span < 180 else None
        if around is None or math.degrees(around[1]) > smallest.radius:
            return smallest
        centre, _ = around
        # Between the points of the outline the rim may reach out a little further.
        middle = position_of(centre)
        radius = max(separation(centre, each) for each in self._extremes(middle[0]))
        return Circle(*middle, math.degrees(radius))

    def contains(self, ra: float, dec: float) -> bool:
        """Whether a position [deg] lies in it; a pole does where its declination does."""
        if not self.south - 1e-12 <= dec <= self.north + 1e-12:
            return False
        east = (ra - self.west) % 360.0
        near = 1e-12
        return abs(dec) >= 90 or east <= self.span + near or east >= 360.0 - near

    def paths(self) -> list[list[Vector]]:
        """Its limits: two parallels, and two meridians unless it goes all around."""
        across = _steps(self.west, self.span)
        up = _steps(self.south, self.north - self.south)
        lines = [[(ra, dec) for ra in across] for dec in (self.south, self.north)]
        if self.span < 360:
            ends = (self.west, self.west + self.span)
            lines += [[(ra, dec) for dec in up] for ra in ends]
        return [[unit_vector(*each) for each in line] for line in lines]

    def _extremes(self, middle: float) -> list[Vector]:
        """Where it can be furthest from a centre on the meridian of ``middle``."""
        ends = (self.west, self.west + self.span)
        corners = [unit_vector(ra, dec) for ra in ends for dec in (self.south, self.north)]
        opposite = (middle + 180.0 - self.west) % 360.0 <= self.span
        across = [unit_vector(middle + 180.0, dec) for dec in (self.south, self.north)]
        limits = [each for path in self.paths() for each in path]
        return corners + (across if opposite else []) + limits

    def __str__(self) -> str:
        """As DALI writes it; all around as ``0 360``."""
        east = self.west + self.span
        return f"RANGE {self.west!r} {east!r} {self.south!r} {self.north!r}"


def _steps(start: float, length: float) -> list[float]:
    count = max(_FEWEST, math.ceil(length / _STEP_DEG))
    return [start + length * step / count for step in range(count + 1)]
