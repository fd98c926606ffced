import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.coordinates import format_dec, format_degrees, format_ra, parse_dec, parse_ra
from sptjobs.uws.errors import ParameterError

CASES = json.loads((Path(__file__).parents[1] / "data/coordinates.json").read_text("utf-8"))
"""Texts with the degrees that they mean, or why they are refused; the web app reads them too."""

ras = st.floats(0, 360, exclude_max=True)
decs = st.floats(-90, 90)


@given(ras)
def test_a_right_ascension_survives_the_way_through_text(ra: float) -> None:
    assert parse_ra(format_degrees(ra)) == ra
    assert abs(parse_ra(format_ra(ra)) - ra) < 1e-9


@given(decs)
def test_a_declination_survives_the_way_through_text(dec: float) -> None:
    assert parse_dec(format_degrees(dec)) == dec
    assert abs(parse_dec(format_dec(dec)) - dec) < 1e-9


@given(ras, st.integers(0, 8))
def test_a_right_ascension_is_never_written_as_a_full_turn(ra: float, decimals: int) -> None:
    assert format_ra(ra, decimals) < "24"


@pytest.mark.parametrize("case", CASES["ra"], ids=repr)
def test_a_right_ascension_is_read_or_refused_as_the_web_app_does(case: dict[str, Any]) -> None:
    check(parse_ra, case, "RA")


@pytest.mark.parametrize("case", CASES["dec"], ids=repr)
def test_a_declination_is_read_or_refused_as_the_web_app_does(case: dict[str, Any]) -> None:
    check(parse_dec, case, "DEC")


def check(parse: Callable[..., float], case: dict[str, Any], field: str) -> None:
    if "degrees" in case:
        assert parse(case["text"]) == pytest.approx(case["degrees"], abs=1e-11)
        return
    with pytest.raises(ParameterError) as caught:
        parse(case["text"], row=7)
    problem = caught.value
    assert (problem.field, problem.row, problem.reason) == (field, 7, case["refused"])
    assert problem.message.startswith(f"{field}, row 7: ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("12:34", "two numbers"),
        ("123456.7", "compact"),
        ("12:34:60", "below 60"),
        ("12h34:56", "mixes separators"),
        ("400", "from 0 to 360"),
    ],
)
def test_a_refusal_says_what_is_uncertain(text: str, why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        parse_ra(text)


@given(st.text(max_size=30))
def test_any_text_is_a_position_in_range_or_a_parameter_error(text: str) -> None:
    for parse, least, most in ((parse_ra, 0, 360), (parse_dec, -90, 90)):
        with suppress(ParameterError):
            assert least <= parse(text) <= most
