"""A circle around a footprint, by which a database finds the maps near a place."""

import math
from collections.abc import Iterable

from sptjobs.maps.footprints import Polygon
from sptjobs.sky.circle import Circle
from sptjobs.sky.enclosing import smallest_circle
from sptjobs.sky.vectors import position_of, unit_vector

WHOLE_SKY = Circle(0.0, 90.0, 180.0)


def around_footprint(footprint: Iterable[Polygon]) -> Circle:
    """The smallest circle around the corners of all polygons; else the whole sky.

    Sides are great circles, so that polygons lie within a circle, smaller than a hemisphere,
    in which their corners lie.
    """
    corners = [unit_vector(*corner) for polygon in footprint for corner in polygon]
    around = smallest_circle(corners) if corners else None
    if around is None:
        return WHOLE_SKY
    centre, radius = around
    return Circle(*position_of(centre), math.degrees(radius))
