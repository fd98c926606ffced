"""Whether a region meets the footprint of a map."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sptjobs.maps.footprints import Cover, Place, Polygon, covers
from sptjobs.sky.circle import Circle
from sptjobs.sky.meeting import meets
from sptjobs.sky.polygon import RegionError, SphericalPolygon
from sptjobs.sky.region import Region
from sptjobs.sky.vectors import separation, unit_vector

_SMALL_DEG = 5.0
_REMEMBERED = 1024
_SIDES_OF_RANGE = 40

_Footprint = Sequence[Polygon]


@dataclass(frozen=True)
class SearchRegion:
    """A region of the sky that is asked for."""

    region: Region

    @property
    def sides(self) -> int:
        """How many lines of a footprint's kind it is compared by: what it costs."""
        match self.region:
            case Circle():
                return 1
            case SphericalPolygon():
                return len(self.region.corners)
        return _SIDES_OF_RANGE

    @cached_property
    def circle(self) -> Circle:
        """A circle around it."""
        return self.region.bounding_circle

    def meets(self, footprint: Sequence[Polygon]) -> bool:
        """Whether it has a position in common with any of the polygons."""
        if isinstance(self.region, Circle) and self.region.radius <= _SMALL_DEG:
            cover = _cover(self.region, footprint)
            if cover is not Cover.EDGE:
                return cover is Cover.INSIDE
        return any(self._meets(tuple(polygon)) for polygon in footprint)

    def _meets(self, polygon: tuple[tuple[float, float], ...]) -> bool:
        known = _spherical_polygon(polygon)
        return self._may_meet(polygon) if known is None else meets(self.region, known)

    def _may_meet(self, polygon: Iterable[tuple[float, float]]) -> bool:
        """Whether the circle around it meets one around the corners: of no proper polygon."""
        reach = math.radians(self.circle.radius)
        corners = [unit_vector(*corner) for corner in polygon]
        widest = max(separation(corners[0], each) for each in corners)
        return separation(self.circle.centre, corners[0]) <= reach + widest


def meeting(places: Sequence[SearchRegion], footprints: Sequence[_Footprint]) -> list[bool]:
    """Whether any of the places meets each of the footprints."""
    return [any(place.meets(each) for place in places) for each in footprints]


def meeting_cost(places: Sequence[SearchRegion], footprints: Sequence[_Footprint]) -> int:
    """Pairs of sides that ``meeting`` may have to compare, each in some microseconds."""
    corners = sum(len(polygon) for each in footprints for polygon in each)
    return corners * sum(place.sides for place in places)


def _cover(circle: Circle, footprint: Sequence[Polygon]) -> Cover:
    """How a small circle lies to a footprint: quickly, and EDGE where that cannot tell."""
    spot = Place(circle.centre, math.radians(circle.radius))
    return covers(footprint, [spot])[0]


@lru_cache(_REMEMBERED)
def _spherical_polygon(polygon: tuple[tuple[float, float], ...]) -> SphericalPolygon | None:
    """The polygon of a footprint; None where it is none, because its outline crosses itself."""
    try:
        return SphericalPolygon(polygon)
    except RegionError:
        return None
