"""The file by which the web app's coordinates of pixels are tested says what wcslib says."""

import json
from pathlib import Path
from typing import Any

import pytest

from sptjobs.formats.flat_sky.wcs import map_wcs

FILE = Path(__file__).parents[1] / "data/sky_pixels.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_place_is_where_wcslib_has_it(case: dict[str, Any]) -> None:
    wcs = map_wcs(case["wcs"])
    assert len(case["places"]) >= 9
    for x, y, ra, dec in case["places"]:
        there = wcs.pixel_to_world(x, y).icrs
        # FK5 of 2000 is taken for ICRS in the browser.
        apart = 1e-5 if case["frame"] == "FK5" else 1e-9
        assert there.dec.deg == pytest.approx(dec, abs=apart)
        assert (there.ra.deg - ra + 180) % 360 - 180 == pytest.approx(0, abs=30 * apart)
