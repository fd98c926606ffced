"""Plane geometry of footprints against vectors and angles on the sphere."""

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.maps.footprints import Cover, Place, Polygon, covers
from sptjobs.sky.vectors import unit_vector
from tests.support.scale import scaled


def regular(ra: float, dec: float, radius: float, corners: int) -> Polygon:
    """A polygon around a position, corners at ``radius`` [deg]."""
    middle = np.array(unit_vector(ra, dec))
    east = np.cross([0.3, 0.5, 0.81], middle)
    east /= np.linalg.norm(east)
    north = np.cross(middle, east)
    r = math.radians(radius)
    polygon = []
    for angle in np.linspace(0, 2 * math.pi, corners, endpoint=False):
        x, y, z = math.cos(r) * middle + math.sin(r) * (
            math.cos(angle) * east + math.sin(angle) * north
        )
        polygon.append((math.degrees(math.atan2(y, x)) % 360, math.degrees(math.asin(z))))
    return polygon


def distance_to_boundary(polygon: Polygon, point: Any) -> float:
    """Angle between a point and the nearest great-circle arc of a polygon [rad]."""
    corners = [np.array(unit_vector(*corner)) for corner in polygon]
    least = math.pi
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        for share in np.linspace(0, 1, 100):
            on_arc = (1 - share) * a + share * b
            on_arc /= np.linalg.norm(on_arc)
            least = min(least, 2 * math.asin(min(1.0, float(np.linalg.norm(on_arc - point)) / 2)))
    return least


def winds_around(polygon: Polygon, point: Any) -> bool:
    """Whether the angles under which a point sees the arcs add up to a turn."""
    corners = [np.array(unit_vector(*corner)) for corner in polygon]
    total = 0.0
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        u, v = a - point * (a @ point), b - point * (b @ point)
        total += math.atan2(point @ np.cross(u, v), u @ v)
    return abs(total) > math.pi


@settings(max_examples=scaled(60))
@given(
    st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    st.floats(0.5, 40),
    st.integers(3, 12),
    st.tuples(st.floats(0, 1.5), st.integers(0, 99)),
    st.floats(0.25, 120),
)
def test_a_stamp_is_inside_on_the_edge_or_outside_as_on_the_sphere(
    middle: tuple[float, float], radius: float, corners: int, way: tuple[float, int], size: float
) -> None:
    polygon = regular(*middle, radius, corners)
    out, direction = way
    around = regular(*middle, radius * out, 100)[direction]
    place = Place.of(*around, size, size)
    (cover,) = covers([polygon], [place])
    point = np.array(place.vector)
    distance, reach = distance_to_boundary(polygon, point), place.reach
    # Far from the middle the plane draws circles up to 1 / cos**2 too large.
    widest = reach / max(0.02, math.cos(math.radians(min(radius * out, 80)))) ** 2
    if cover is Cover.INSIDE:
        assert distance >= reach * 0.99
        assert winds_around(polygon, point)
    elif cover is Cover.OUTSIDE:
        assert distance >= reach * 0.99
        assert not winds_around(polygon, point)
    else:
        assert distance <= widest * 1.01 + 3e-3 * math.radians(radius)


def test_many_stamps_at_once_lie_as_each_does_alone() -> None:
    footprint = [regular(359, -57, 3, 7), regular(6, -57, 2.5, 5)]
    seed = np.random.default_rng(3)
    places = [
        Place.of(ra % 360, dec, size, size)
        for ra, dec, size in zip(
            seed.uniform(-10, 12, 3000), seed.uniform(-62, -52, 3000), seed.uniform(1, 60, 3000),
            strict=True,
        )
    ]  # fmt: skip
    together = covers(footprint, places)
    alone = [covers(footprint, [place])[0] for place in places]
    assert together == alone
    assert set(together) == set(Cover)


def test_a_polygon_around_a_pole_holds_the_pole() -> None:
    polygon = [(float(ra), -80.0) for ra in range(0, 360, 30)]
    found = covers([polygon], [Place.of(123, -90, 1, 1), Place.of(10, -79, 1, 1)])
    assert found == [Cover.INSIDE, Cover.OUTSIDE]


def test_no_stamps_and_no_polygons_are_no_trouble() -> None:
    assert covers([], [Place.of(0, 0, 1, 1)]) == [Cover.OUTSIDE]
    assert covers([regular(0, 0, 1, 4)], []) == []
