"""Texts of regions that are refused: each says which parameter, which value and why."""

import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.region_values import (
    MAX_POLYGON_CORNERS,
    parse_circle_region,
    parse_polygon_region,
    parse_pos_region,
)
from sptjobs.uws.errors import ParameterError


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no value"),
        ("BOX 1 2 3 4", "unsupported-xtype: BOX"),
        ("1 2 3", "a shape comes first"),
        ("CIRCLE 1 2", "three numbers"),
        ("CIRCLE 1 2 3 4", "three numbers"),
        ("CIRCLE 1 91 3", "from -90 to 90"),
        ("CIRCLE 1 2 -3", "from 0 to 180"),
        ("CIRCLE 1 NaN 3", "finite"),
        ("CIRCLE 1 2 Inf", "finite"),
        ("CIRCLE 1_0 2 3", "decimal number"),
        ("CIRCLE 1,5 2 3", "decimal point"),
        ("CIRCLE 0x10 2 3", "decimal number"),
        ("CIRCLE 1e9 2 3", "from -3600 to 3600"),
        ("RANGE 1 2 3", "four numbers"),
        ("RANGE 1 2 4 3", "above the second"),
        ("RANGE 1 2 -91 3", "from -90 to 90"),
        ("RANGE 1 2 nan 3", "finite"),
        ("POLYGON 1 2 3 4", "three or more pairs"),
        ("POLYGON 1 2 3 4 5 6 7", "three or more pairs"),
        ("POLYGON 1 2 1 2 1 2", "three different corners"),
        ("POLYGON 0 0 1 1 0 1 1 0", "crosses itself"),
        ("POLYGON 1 Inf 3 4 5 6", "finite"),
        ("POLYGON" + " 1 2" * (MAX_POLYGON_CORNERS + 1), "up to 300 corners"),
    ],
)
def test_what_is_no_region_is_refused_by_name_and_value(text: str, why: str) -> None:
    with pytest.raises(ParameterError, match=why) as caught:
        parse_pos_region(text)
    assert caught.value.field == "POS"
    assert caught.value.value is not None


def test_a_circle_and_a_polygon_have_their_own_names_in_what_is_wrong_with_them() -> None:
    with pytest.raises(ParameterError, match=r"^CIRCLE: "):
        parse_circle_region("1 2")
    with pytest.raises(ParameterError, match=r"^POLYGON: "):
        parse_polygon_region("1 2")


@given(st.text(alphabet="CIRCLEcircleRANGEPOLYGON +-.eEInf0123456789\t\n,_", max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(ParameterError):
        assert math.isfinite(parse_pos_region(text).area)


def test_a_text_of_megabytes_is_refused_at_once() -> None:
    text = "POLYGON " + "1 2 " * 1_000_000
    began = time.process_time()
    with pytest.raises(ParameterError):
        parse_pos_region(text)
    assert time.process_time() - began < 0.5
