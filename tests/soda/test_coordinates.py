from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.soda.coordinates import format_dec, format_degrees, format_ra, parse_dec, parse_ra
from sptjobs.uws.errors import ParameterError

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


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("0", 0), ("-0", 0), ("359.999", 359.999), (" 10.5 ", 10.5), ("+10.5", 10.5), ("1e1", 10),
        (".5", 0.5), ("360", 0), ("360.0", 0), ("12:34:56.7", 188.73625), ("12 34 56.7", 188.73625),
        ("12h34m56.7s", 188.73625), ("12h 34m 56.7s", 188.73625), ("12H34M56.7", 188.73625),
        ("188d44m10.5s", 188.73625), ("00:00:00", 0), ("1:2:3", 15.5125),
    ],
)  # fmt: skip
def test_a_right_ascension_is_read_in_every_certain_form(text: str, degrees: float) -> None:
    assert parse_ra(text) == pytest.approx(degrees, abs=1e-11)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("-90", -90), ("90", 90), ("-57.8066", -57.8066), ("\N{MINUS SIGN}57.5", -57.5),
        ("-57:48:23.8", -57.80661111111111), ("-57 48 23.8", -57.80661111111111),
        ("-57d48m23.8s", -57.80661111111111), ("-57°48\u203223.8\u2033", -57.80661111111111),
        ("-57°48'23.8\"", -57.80661111111111), ("-00:30:00", -0.5), ("+00 00 01", 1 / 3600),
    ],
)  # fmt: skip
def test_a_declination_is_read_in_every_certain_form(text: str, degrees: float) -> None:
    assert parse_dec(text) == pytest.approx(degrees, abs=1e-11)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "nan", "inf", "-inf", "1_0", "0x10", "1e999", "1,5", "10.5.1", "--1", "1 2",
        "12:34", "12h34m", "12:34:60", "12:60:00", "12:34m56", "12h34:56", "12:34 56", "12h34'56",
        "24:00:01", "-1:00:00", "400", "-1", "360.0000001", "123456.7", "0012", "12:34:56:78",
        "12:34:56h", "١٢", "\N{EN DASH}1", "1" * 500, "12:34:-5", "10 deg", "1e5", "12\n34\n5x",
    ],
)  # fmt: skip
def test_a_right_ascension_that_is_wrong_or_uncertain_is_refused(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_ra(text, row=7)
    assert caught.value.message.startswith("RA, row 7: ")
    assert (caught.value.field, caught.value.row) == ("RA", 7)


@pytest.mark.parametrize(
    "text", ["", "nan", "-90.0001", "91", "90:00:01", "5h30m00s", "-57:48", "-574823", "-57;48"]
)
def test_a_declination_that_is_wrong_or_uncertain_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="DEC"):
        parse_dec(text)


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
