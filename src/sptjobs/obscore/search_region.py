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


@dataclass(frozen=True)
class SearchRegion:
    """A region of the sky that is asked for."""

    region: Region

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
