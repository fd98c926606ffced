"""Regions of the sky: what is in them, how large they are, and the windows around them."""

import itertools
import math
import random
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sptjobs.request.region_values import (
    MAX_POLYGON_CORNERS,
    parse_polygon_region,
    parse_pos_region,
)
from sptjobs.sky.circle import Circle
from sptjobs.sky.coordinate_range import CoordinateRange
from sptjobs.sky.enclosing import smallest_circle
from sptjobs.sky.meeting import meets
from sptjobs.sky.plane import GnomonicPlane
from sptjobs.sky.polygon import RegionError, SphericalPolygon
from sptjobs.sky.region import Region, bounding_window, window_sides
from sptjobs.sky.vectors import position_of, separation, unit_vector

RAS = st.floats(0, 360, exclude_max=True)
DECS = st.floats(-90, 90)
RADII = st.floats(0.01, 60)


def shifted(middle: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    """The position that lies east and north [rad in the plane] of another one."""
    return position_of(GnomonicPlane(unit_vector(*middle)).vector((x, y)))


@st.composite
def star_polygons(draw: st.DrawFn) -> tuple[tuple[float, float], tuple[tuple[float, float], ...]]:
    """A middle and corners around it: a polygon that need not be convex."""
    middle = draw(RAS), draw(DECS)
    count = draw(st.integers(3, 9))
    reach = draw(st.floats(1e-3, 1.0))
    shares = draw(st.lists(st.floats(0.3, 1), min_size=count, max_size=count))
    angles = [math.tau * (i + 0.1) / count for i in range(count)]
    corners = tuple(
        shifted(middle, reach * share * math.cos(a), reach * share * math.sin(a))
        for share, a in zip(shares, angles, strict=True)
    )
    return middle, corners


@given(star_polygons())
def test_a_polygon_is_its_smaller_side_whichever_way_it_is_drawn(
    drawn: tuple[tuple[float, float], tuple[tuple[float, float], ...]],
) -> None:
    middle, corners = drawn
    one, other = SphericalPolygon(corners), SphericalPolygon(corners[::-1])
    assert one.contains(*middle)
    assert other.contains(*middle)
    antipode = (middle[0] + 180) % 360, -middle[1]
    assert not one.contains(*antipode)
    assert one.area == pytest.approx(other.area, rel=1e-9)
    assert one.area < 2 * math.pi * math.degrees(1) ** 2


@given(star_polygons(), st.integers(0, 2**32))
def test_the_area_of_a_polygon_is_the_share_of_positions_in_it(
    drawn: tuple[tuple[float, float], tuple[tuple[float, float], ...]], seed: int
) -> None:
    polygon, dice = SphericalPolygon(drawn[1]), random.Random(seed)
    around = polygon.bounding_circle
    assume(around.radius > 0.5)
    cosine, inside, count = math.cos(math.radians(around.radius)), 0, 400
    for _ in range(count):
        depth = dice.uniform(cosine, 1)
        reach, angle = math.sqrt(1 - depth**2) / depth, dice.uniform(0, math.tau)
        inside += polygon.contains(
            *shifted((around.ra, around.dec), reach * math.cos(angle), reach * math.sin(angle))
        )
    share = polygon.area / around.area
    assert abs(inside / count - share) < 6 * math.sqrt(share * (1 - share) / count) + 0.01


@given(star_polygons())
def test_the_bounding_circle_of_a_polygon_holds_its_corners_and_no_smaller_one_does(
    drawn: tuple[tuple[float, float], tuple[tuple[float, float], ...]],
) -> None:
    polygon = SphericalPolygon(drawn[1])
    around = polygon.bounding_circle
    away = [math.degrees(separation(around.centre, unit_vector(*c))) for c in polygon.corners]
    assert max(away) <= around.radius * (1 + 1e-9)
    on_rim = [
        c
        for c, each in zip(polygon.corners, away, strict=True)
        if each > around.radius * (1 - 1e-6)
    ]
    assert len(on_rim) >= 2
    widest = max(
        math.degrees(separation(unit_vector(*a), unit_vector(*b)))
        for a, b in itertools.combinations(polygon.corners, 2)
    )
    assert widest / 2 <= around.radius * (1 + 1e-9)


@given(RAS, st.floats(0, 360), st.tuples(DECS, DECS), RAS, DECS)
def test_a_range_holds_what_lies_between_its_limits(
    west: float, span: float, limits: tuple[float, float], ra: float, dec: float
) -> None:
    south, north = sorted(limits)
    region = CoordinateRange(west, span, south, north)
    between = (ra - west) % 360 <= span and south <= dec <= north
    close = (
        min(abs((ra - west + 180) % 360 - 180), abs((ra - west - span + 180) % 360 - 180)) < 1e-9
    )
    close = close or any(abs(dec - limit) < 1e-9 for limit in limits)
    assume(not close and abs(dec) < 90)
    assert region.contains(ra, dec) == between
    around = region.bounding_circle
    if between:
        away = separation(around.centre, unit_vector(ra, dec))
        assert math.degrees(away) <= around.radius + 1e-6


@given(RAS, DECS, RADII, st.floats(0, math.tau), st.floats(0, 2))
def test_a_circle_holds_what_is_near_enough(
    ra: float, dec: float, radius: float, angle: float, share: float
) -> None:
    assume(abs(share - 1) > 1e-6)
    reach = math.tan(math.radians(min(radius * share, 89)))
    place = shifted((ra, dec), reach * math.cos(angle), reach * math.sin(angle))
    assume(radius * share < 89)
    assert Circle(ra, dec, radius).contains(*place) == (share < 1)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """A region of any shape with a window."""
    match draw(st.integers(0, 2)):
        case 0:
            return Circle(draw(RAS), draw(DECS), draw(RADII))
        case 1:
            south = draw(st.floats(-90, 89))
            north = south + draw(st.floats(0.01, min(40.0, 90 - south)))
            return CoordinateRange(draw(RAS), draw(st.floats(0.01, 60)), south, north)
    return SphericalPolygon(draw(star_polygons())[1])


@given(regions(), st.floats(-180, 180), RAS, DECS)
def test_a_window_holds_its_region_however_it_is_turned(
    region: Region, turn: float, ra: float, dec: float
) -> None:
    window = bounding_window(region)
    assert window is not None
    around = region.bounding_circle
    limits = [position_of(each) for path in region.paths() for each in path]
    limits.append((ra, dec))
    for angle, sides in (
        (0.0, (window.width, window.height)),
        (turn, window_sides(region, window.ra, window.dec, turn)),
    ):
        plane = GnomonicPlane(unit_vector(window.ra, window.dec), angle)
        for position in limits:
            point = plane.point(unit_vector(*position))
            if not region.contains(*position) or point is None:
                continue
            for at, side in zip(point, sides, strict=True):
                assert abs(math.degrees(at)) <= side / 2 * (1 + 1e-6) + 1e-9
    assert around.radius <= 80


@given(regions(), star_polygons())
def test_regions_meet_where_they_have_a_position_in_common(
    region: Region, drawn: tuple[tuple[float, float], tuple[tuple[float, float], ...]]
) -> None:
    middle, corners = drawn
    polygon = SphericalPolygon(corners)
    common = [each for each in (middle, *corners) if region.contains(*each)]
    paths = [position_of(each) for path in region.paths() for each in path]
    common += [each for each in paths if polygon.contains(*each)]
    if common:
        assert meets(region, polygon)
    elif meets(region, polygon):
        # Sides that cross although neither holds a corner of the other.
        away = separation(region.bounding_circle.centre, polygon.bounding_circle.centre)
        reach = region.bounding_circle.radius + polygon.bounding_circle.radius
        assert math.degrees(away) <= reach + 1e-9


def test_two_bars_that_cross_meet_and_two_that_stand_apart_do_not() -> None:
    upright = SphericalPolygon(((359.5, -5), (0.5, -5), (0.5, 5), (359.5, 5)))
    lying = SphericalPolygon(((355, -0.5), (5, -0.5), (5, 0.5), (355, 0.5)))
    assert meets(upright, lying)
    assert meets(CoordinateRange(355.0, 10.0, -0.5, 0.5), upright)
    assert not meets(CoordinateRange(2.0, 10.0, -0.5, 0.5), upright)
    assert not meets(upright, SphericalPolygon(((2, -5), (3, -5), (3, 5), (2, 5))))
    assert meets(Circle(2.0, 0.0, 1.6), upright)
    assert not meets(Circle(2.0, 0.0, 1.4), upright)
    assert meets(CoordinateRange(0.0, 360.0, -1.0, 1.0), upright)
    assert not meets(CoordinateRange(0.0, 360.0, 6.0, 7.0), upright)


def test_areas_are_those_of_the_textbook() -> None:
    whole = 4 * math.pi * math.degrees(1) ** 2
    assert Circle(0, 0, 180).area == pytest.approx(whole)
    assert CoordinateRange(0, 360, -90, 90).area == pytest.approx(whole)
    octant = SphericalPolygon(((0, 0), (90, 0), (0, 90)))
    assert octant.area == pytest.approx(whole / 8)
    assert SphericalPolygon(((10, 0), (11, 0), (11, 1), (10, 1))).area == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("CIRCLE 12 34 0.5", (12.5, 34.2), (12.7, 34)),
        ("circle\t12  34\n0.5", (12, 34.4), (12, 34.6)),
        ("Range 12 14 34 36", (13, 35), (15, 35)),
        ("RANGE 359 1 -1 1", (0, 0), (180, 0)),
        ("RANGE -1 1 -1 1", (359.5, 0), (358.5, 0)),
        ("RANGE 0 360 -2 2", (200, 1.9), (200, 2.1)),
        ("RANGE -Inf +Inf 89 90", (77, 89.5), (77, 88)),
        ("RANGE 10 Inf -Inf Inf", (350, -80), (9, 0)),
        ("RANGE 0 360 89 90", (5, 90), (5, 88.9)),
        ("POLYGON 12 34 14 34 14 36 12 36", (13, 35), (15, 35)),
        ("POLYGON 12 36 14 36 14 34 12 34", (13, 35), (11, 35)),
        ("POLYGON 12 34 14 34 14 36 12 36 12 34", (13, 35), (15, 35)),
        ("POLYGON 359 -1 1 -1 1 1 359 1", (0.5, 0), (2, 0)),
        ("POLYGON 0 80 120 80 240 80", (300, 89), (60, 60)),
        ("POLYGON 0 -80 90 -80 180 -80 270 -80", (45, -89), (45, -70)),
        ("CIRCLE 372 34 0.5", (12, 34), (13, 34)),
        ("CIRCLE 1e1 -5.78E+1 1", (10, -57.8), (10, -59)),
    ],
)
def test_a_region_is_read_as_its_standard_means_it(
    text: str, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    region = parse_pos_region(text)
    assert region.contains(*inside)
    assert not region.contains(*outside)


@given(regions())
def test_a_region_reads_back_from_its_text(region: Region) -> None:
    again = parse_pos_region(str(region))
    assert again.area == pytest.approx(region.area, rel=1e-6)
    around, other = region.bounding_circle, again.bounding_circle
    assert separation(around.centre, other.centre) < 1e-9
    assert around.radius == pytest.approx(other.radius)


def test_a_polygon_that_is_none_says_why() -> None:
    for corners, why in (
        (((0, 0), (1, 1)), "three different"),
        (((0, 0), (1, 1), (0, 0), (1, 1)), "area|crosses|three"),
        (((0, 0), (1, 1), (0, 1), (1, 0)), "crosses itself"),
        (((0, 0), (1, 0), (2, 0)), "no area"),
        (((0, 0), (120, 0), (240, 0)), "hemisphere"),
        (((0, 0), (120, 1), (240, 0), (180, -80)), "hemisphere"),
    ):
        with pytest.raises(RegionError, match=why):
            SphericalPolygon(tuple((float(ra), float(dec)) for ra, dec in corners))


def test_the_largest_polygon_is_read_in_a_blink_whatever_its_shape() -> None:
    zigzag = " ".join(
        f"{10 + (i % 2) * 5 + i * 1e-3:.6f} {i * 0.01:.6f}" for i in range(MAX_POLYGON_CORNERS // 2)
    )
    back = " ".join(
        f"{30 - i * 1e-3:.6f} {3 - i * 0.03:.6f}" for i in range(MAX_POLYGON_CORNERS // 2)
    )
    began = time.process_time()
    polygon = parse_polygon_region(f"{zigzag} {back}")
    assert time.process_time() - began < 2
    assert len(polygon.corners) == MAX_POLYGON_CORNERS


def test_no_circle_is_found_around_positions_of_the_whole_sky() -> None:
    corners = [unit_vector(ra, dec) for ra in (0, 90, 180, 270) for dec in (-10, 10)]
    assert smallest_circle(corners) is None
