"""Lines that are pasted without a heading."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.coordinates import format_dec, format_ra, parse_dec, parse_ra
from sptjobs.request.csv_lines import csv_line
from sptjobs.request.designations import designation_in, precision_of
from sptjobs.request.identifiers import parse_objid, position_name
from sptjobs.request.positions import add_rows, parse_positions, table_as_csv
from sptjobs.request.target_lines import MAX_LINE, read_line
from sptjobs.request.targets import TargetBuilder
from sptjobs.uws.errors import InvalidRequestError, ParameterError

CASES = json.loads((Path(__file__).parents[1] / "data/target_lines.json").read_text("utf-8"))
"""Lines with what they mean, or why they are refused; the web app reads them too."""

SIZE = (10.0, 10.0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_a_line_is_read_or_refused_as_the_web_app_does(case: dict[str, Any]) -> None:
    content = f"# pasted\n\n{case['text']}\n".encode()
    if "refused" not in case:
        (target,) = parse_positions(content, default_size=SIZE, max_targets=2)
        assert target.objid == case["name"]
        assert target.ra == pytest.approx(case["ra"], abs=1e-8)
        assert target.dec == pytest.approx(case["dec"], abs=1e-8)
        return
    with pytest.raises(InvalidRequestError) as caught:
        parse_positions(content, default_size=SIZE, max_targets=2)
    problem = caught.value.problems[0]
    assert (problem.field, problem.row, problem.reason) == (case["field"], 1, case["refused"])


def test_no_line_is_swallowed_and_each_problem_has_its_row() -> None:
    text = "Abell 2744\n10.5 -50.5\nNGC 253 -25.3\n\nA1, 11, -51\n"
    builder = TargetBuilder(SIZE, 10, to_the_end=True)
    add_rows(builder, text.encode())
    assert builder.bad_rows == [1, 3]
    assert {row: target.objid for row, target in builder.good().items()} == {
        2: "spt3gJ004200.0-503000.0",
        4: "A1",
    }


def _is_label(text: str) -> bool:
    return _is_kept(text) and not any(mark in text for mark in "\",;\t|&'#\\<")


def _is_kept(text: str) -> bool:
    try:
        return parse_objid(text) == text
    except ParameterError:
        return False


LABEL = st.one_of(
    st.sampled_from(
        ["SPT-CL J0000-5748", "NGC 253", "Abell 2744", "\u03b7 Carinae", "3C 273", "M 87"]
    ),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
).filter(_is_label)
RAS, DECS = st.floats(0.01, 359.99), st.floats(-89.99, 89.99)


@given(LABEL, RAS, DECS)
def test_a_label_that_is_set_apart_is_never_changed(label: str, ra: float, dec: float) -> None:
    found = read_line(f'"{label}" {ra:.6f} {dec:.6f}')
    assert (found.objid, found.ra, found.dec) == (label, f"{ra:.6f}", f"{dec:.6f}")


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5, unique_by=str.strip))
def test_a_label_is_the_same_after_any_number_of_ways_through_csv(labels: list[str]) -> None:
    labels = ["#1", 'the "A", b; c', "=1", *labels]
    labels = [label for label in dict.fromkeys(map(str.strip, labels)) if _is_kept(label)]
    text = csv_line(("OBJID", "RA", "DEC"))
    text += "".join(csv_line((label, "10", "-50")) for label in labels)
    for _ in range(2):
        targets = parse_positions(text.encode(), default_size=SIZE, max_targets=99)
        assert [target.objid for target in targets] == labels
        text = table_as_csv(text.encode(), max_targets=99)


@given(RAS, DECS)
def test_what_the_pages_and_files_write_is_read_back(ra: float, dec: float) -> None:
    minus = f"{dec:.6f}".replace("-", "\N{MINUS SIGN}")
    texts = [
        f"{ra:.6f}\u00b0 {minus}\u00b0",
        f"{format_ra(ra)} {format_dec(dec)}",
        f"{format_ra(ra, 3)} {format_dec(dec, 2)}".replace("-", "\N{MINUS SIGN}"),
        f"{ra!r},{dec!r}",
    ]
    for text in texts:
        found = read_line(text)
        assert found.objid == ""
        assert parse_ra(found.ra) == pytest.approx(ra, abs=2e-5)
        assert parse_dec(found.dec) == pytest.approx(dec, abs=2e-5)


@given(RAS, DECS)
def test_the_names_that_the_service_gives_are_read_back_as_positions(ra: float, dec: float) -> None:
    name = position_name(ra, dec)
    found = read_line(name)
    assert found.objid == name
    assert -1e-6 < ra - parse_ra(found.ra) < 1 / 2400 + 1e-6
    assert -1e-6 < abs(dec) - abs(parse_dec(found.dec)) < 1 / 36_000 + 1e-6
    assert precision_of(name, parse_ra(found.ra), parse_dec(found.dec)) is None


@given(st.text(max_size=60))
def test_any_line_is_a_target_or_refused(line: str) -> None:
    with suppress(ParameterError):
        found = read_line(line)
        assert len(found.objid) <= len(line)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SPT-CL J0000-5748", "1 min in RA (15\u2032 \u00d7 cos Dec) and 1\u2032 in Dec"),
        ("J000059.8-574823", "0.1 s in RA (1.5\u2033 \u00d7 cos Dec) and 1\u2033 in Dec"),
        ("J0000.9-5748", "0.1 min in RA (1.5\u2032 \u00d7 cos Dec) and 1\u2032 in Dec"),
    ],
)
def test_the_precision_of_a_position_in_a_name_is_said(name: str, said: str) -> None:
    found = read_line(name)
    message = precision_of(name, parse_ra(found.ra), parse_dec(found.dec))
    assert message == f"the position is the one in the name, known to {said}"
    assert precision_of(name, 0.2499, -57.8066) is None


@pytest.mark.parametrize(
    "name", ["PKS 0003-566", "J2500-5748", "J0000-57", "A J0000-5748 J0001-5748"]
)
def test_a_name_that_tells_no_one_position_gives_none(name: str) -> None:
    assert designation_in(name) is None


def test_a_line_that_is_longer_than_any_target_is_refused() -> None:
    with pytest.raises(ParameterError, match="is longer than a line with one target"):
        read_line("a" * (MAX_LINE + 1))
