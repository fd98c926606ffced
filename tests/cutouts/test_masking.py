"""Masks of regions agree with what the regions hold, and windows with how the map is turned."""

import numpy as np
import pytest

from sptjobs.cutouts.plan.turned_windows import turned_sides
from sptjobs.cutouts.stamps.masking import holds
from sptjobs.request.parsing import parse_request
from sptjobs.request.region_values import parse_pos_region
from tests.request.test_selection import record

REGIONS = (
    "CIRCLE 0.1 -57 0.5",
    "CIRCLE 200 89.9 0.5",
    "RANGE 359 1 -58 -57",
    "RANGE 0 360 -90 -89",
    "POLYGON 359 -58 1 -58 1 -57 0 -57.5 359 -57",
    "POLYGON 0 -89 120 -89 240 -89",
)


@pytest.mark.parametrize("text", REGIONS)
def test_a_mask_holds_the_positions_that_its_region_holds(text: str) -> None:
    region = parse_pos_region(text)
    dice = np.random.default_rng(1)
    around = region.bounding_circle
    dec = np.clip(around.dec + dice.uniform(-1.5, 1.5, 3000) * around.radius, -90, 90)
    wide = 1.5 * around.radius / max(np.cos(np.radians(around.dec)), 0.01)
    ra = (around.ra + dice.uniform(-wide, wide, 3000)) % 360
    masked = holds(region, ra, dec)
    expected = [region.contains(*each) for each in zip(ra, dec, strict=True)]
    assert masked.tolist() == expected
    assert 0 < masked.sum() < len(masked)


def test_a_position_that_a_projection_does_not_reach_is_outside() -> None:
    nowhere = np.array([np.nan])
    for text in REGIONS:
        assert not holds(parse_pos_region(text), nowhere, nowhere).any()


def test_the_window_of_a_region_is_turned_as_its_map_is() -> None:
    # An upright bar, 0.1 by 1 degree, a degree and a half from the middle of its map.
    region = parse_pos_region("RANGE 0 0.1846 -57.5 -56.5")
    map_ = record("m", wcs={"CRVAL1": 0.0, "CRVAL2": -58.5})
    turned = {}
    for north in (0.0, 30.0, 90.0, -90.0):
        targets, angles = np.array([7]), np.array([north])
        turned[north] = turned_sides(map_, {7: region}, targets, angles)[7]
    width, height = turned[0.0]
    assert (width, height) == pytest.approx((6.37, 60.25), abs=0.15)
    assert turned[90.0] == turned[-90.0] == pytest.approx((height, width))
    across = 60 * np.sin(np.radians(30)) + 6 * np.cos(np.radians(30)) + 0.25
    assert turned[30.0][0] == pytest.approx(across, abs=0.5)


def test_circles_are_as_wide_as_they_ever_were() -> None:
    region = parse_pos_region("CIRCLE 0 -57 0.1")
    assert turned_sides(record("m"), {0: region}, np.array([0]), np.array([20.0])) == {}
    plain = parse_request([("CIRCLE", "0 -57 0.1")], {}, max_targets=1)
    assert plain.targets[0].region is None
    assert "region" not in plain.to_json()
