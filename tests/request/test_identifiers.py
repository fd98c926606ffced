import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.coordinates import format_dec, format_ra, parse_dec, parse_ra
from sptjobs.request.identifiers import file_stems, parse_objid, position_name
from sptjobs.uws.errors import ParameterError

LABELS = [
    "a", "SN2023cv", "SPT-CL J0000-5748", "SPT-CL J0000\N{MINUS SIGN}5748", "Abell 2744", "NGC 253",
    "\u03b7 Carinae", "\u5929\u9e45\u5ea7 X-1", "Sgr A*", "a/b", "a\\b", "O'Neil \"1\"", "a, b; c",
    "#1", "=1+1", "CON", "NUL.txt", "manifest.json", "result", "_a", "-a", "a.", "e\u0301",
    "\U0001f31f", "x" * 100,
]  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_a_name_is_kept_as_it_is(name: str) -> None:
    assert parse_objid(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 101, ".", "..", "../a", "..\\a", "/etc/a", "a\0", "a\nb", "a\x1bb",
     "a\u2028b", "a\u202eb", "a\ud800"],
)  # fmt: skip
def test_what_is_no_name_or_cannot_be_seen_is_refused_with_its_row(name: str) -> None:
    with pytest.raises(ParameterError, match="OBJID, row 3"):
        parse_objid(name, row=3)


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("SPT-CL J0000-5748", "SPT-CL_J0000-5748"),
        ("SPT-CL J0000\N{MINUS SIGN}5748", "SPT-CL_J0000-5748"),
        ("\u03b7 Carinae", "eta_Carinae"),
        ("Sgr A*", "Sgr_A"),
        ("na\u00efve", "naive"),
        ("a/b", "a_b"),
        ("../../etc", "etc"),
        ("CON", "target_CON"),
        ("nul.txt", "target_nul.txt"),
        ("manifest.json", "target_manifest.json"),
        ("\u5929\u9e45", "target"),
        ("x" * 100, "x" * 64),
    ],
)
def test_the_stem_of_files_is_the_likeness_of_the_name(label: str, stem: str) -> None:
    assert file_stems([label]) == (stem,)


SAFE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}[A-Za-z0-9]", fullmatch=True).filter(
    lambda name: file_stems([name]) == (name,)
)


@given(st.lists(SAFE, unique_by=str.lower))
def test_names_that_are_safe_as_file_names_are_their_own_stems(names: list[str]) -> None:
    assert file_stems(names) == tuple(names)


@given(st.lists(st.one_of(SAFE, st.text(min_size=1, max_size=100), st.sampled_from(LABELS))))
def test_stems_are_safe_unique_on_every_disk_and_leave_safe_names_theirs(names: list[str]) -> None:
    stems = file_stems(names)
    assert len({stem.lower() for stem in stems}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", stem) for stem in stems)
    assert not any(stem.endswith(".") for stem in stems)
    assert stems == file_stems(names)
    first = {name.lower(): name for name in reversed(names) if file_stems([name]) == (name,)}
    assert all(stems[names.index(name)] == name for name in first.values())


def test_names_that_come_to_the_same_stem_are_numbered_in_order() -> None:
    names = ["NGC 253", "NGC_253", "ngc 253", "NGC/253", "ngc_253"]
    assert file_stems(names) == ("NGC_253_3", "NGC_253", "ngc_253_4", "NGC_253_5", "ngc_253_2")


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
def test_the_name_of_a_position_is_its_own_stem(ra: float, dec: float) -> None:
    name = position_name(ra, dec)
    assert (parse_objid(name), *file_stems([name])) == (name, name)
