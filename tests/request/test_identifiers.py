import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.coordinates import format_dec, format_ra, parse_dec, parse_ra
from sptjobs.request.identifiers import parse_objid, position_name
from sptjobs.uws.errors import ParameterError


@pytest.mark.parametrize("name", ["a", "SN2023cv", "SPT-CL_J0000-5748", "1.2+3", "x" * 64, "con1"])
def test_a_safe_name_is_kept_as_it_is(name: str) -> None:
    assert parse_objid(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", "../a", "a/b", "a\\b", "a b", "-a", "_a", "+a", ".hidden", "a.",
        "x" * 65, "con", "CON", "NUL.txt", "Com1", "lpt9.fits", "a%2f",
        "a\0", "a\nb", "é", "a:b", "a*", "~",
        "manifest.json", "Request.json", "result", "index.html",
    ],
)  # fmt: skip
def test_a_name_that_is_not_safe_everywhere_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="OBJID, row 3"):
        parse_objid(name, row=3)


@pytest.mark.parametrize(
    ("ra", "dec", "name"),
    [
        ("21:54:23.8", "-49:56:36.0", "spt3gJ215423.8-495636.0"),
        ("21:54:23.89", "-49:56:36.09", "spt3gJ215423.8-495636.0"),
        ("0", "0", "spt3gJ000000.0+000000.0"),
        ("359.9999999999999", "-90", "spt3gJ235959.9-900000.0"),
        ("0.2499", "-57.8066", "spt3gJ000059.9-574823.7"),
        ("12:34:59.99", "-0:00:00.05", "spt3gJ123459.9-000000.0"),
    ],
)
def test_a_position_is_named_with_its_digits_cut_off(ra: str, dec: str, name: str) -> None:
    assert position_name(parse_ra(ra), parse_dec(dec)) == name


@given(st.integers(0, 863_999), st.integers(-3_239_999, 3_240_000))
def test_a_position_with_one_decimal_keeps_all_its_digits(ra_tenths: int, dec_tenths: int) -> None:
    ra = format_ra(ra_tenths / 2400, decimals=1)
    dec = format_dec(dec_tenths / 36_000, decimals=1)
    assert position_name(parse_ra(ra), parse_dec(dec)) == f"spt3gJ{ra}{dec}".replace(":", "")


@given(st.floats(0, 360, exclude_max=True), st.floats(-90, 90))
def test_the_name_of_a_position_is_itself_a_safe_name(ra: float, dec: float) -> None:
    name = position_name(ra, dec)
    assert parse_objid(name) == name
