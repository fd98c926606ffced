"""Index files and tars are written quickly, and are what the standard library would write."""

import json
import tarfile
from dataclasses import asdict, replace
from math import inf, nan
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.packs.member_header import member_header
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.records import Outcome, PackedFile
from sptjobs.uws.pair_status import Status
from tests.support.scale import examples

texts = st.text(max_size=30)
numbers = st.floats(allow_nan=False) | st.integers(-(2**70), 2**70)
names = st.text("abc/._-0\u00e9", min_size=1, max_size=120)


def _outcome(text: str, number: Any, status: str) -> Outcome:
    about: dict[str, Any] = dict.fromkeys(("objid", "map_id", "band", "filetype", "obsid"), text)
    place: dict[str, Any] = {"ra": number, "dec": number, "xsize": 1, "ysize": 2.0}
    return Outcome(target=3, date_beg=None, status=status, centre_covered=True, **about, **place)


@settings(max_examples=examples(100), deadline=None)
@given(texts, numbers, st.sampled_from([Status.OK, "partial"]))
def test_a_row_is_the_json_of_its_attributes(text: str, number: float, status: str) -> None:
    row = _outcome(text, number, status)

    assert row.to_line() == json.dumps(asdict(row), separators=(",", ":"))
    assert Outcome.from_line(row.to_line()) == row


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(texts, numbers | st.none() | st.booleans()), min_size=1, max_size=4),
    texts,
)
def test_rows_in_columns_are_written_as_each_alone(
    values: list[tuple[str, float | None]], text: str
) -> None:
    alike: dict[str, Any] = {"map_id": text, "unit": "100%", "date_beg": None}
    rows = [replace(_outcome(own, number, "ok"), **alike) for own, number in values]
    names = ("target", "objid", "ra", "dec", "xsize", "ysize", "band", "filetype", "obsid")
    columns = {
        name: [getattr(row, name) for row in rows] for name in (*names, "status", "centre_covered")
    }

    together = OutcomeColumns(len(rows), alike, columns)

    assert together.lines() == [row.to_line() for row in rows]
    assert list(together.rows()) == rows
    assert OutcomeColumns.of(rows).lines() == together.lines()


@given(st.lists(st.sampled_from([0.0, -0.0, 0, 1, 1.0, True, False, nan, inf]), min_size=1))
def test_equal_values_in_a_column_are_written_each_as_its_own(values: list[float]) -> None:
    row = _outcome("a", 1.5, "ok")
    columns = OutcomeColumns.of([row] * len(values)).changed(ra=values, north=values[::-1])

    assert columns.lines() == [each.to_line() for each in columns.rows()]
    assert [line.split('"ra":')[1].split(",")[0] for line in columns.lines()] == [
        json.dumps(value) for value in values
    ]


def test_columns_that_changed_hold_for_rows_that_had_the_attribute_alike() -> None:
    rows = [_outcome("a", 1.5, "ok"), _outcome("b", 2.5, "partial")]
    columns = OutcomeColumns.of(rows).changed(file=["x", None])

    assert [row.file for row in columns.rows()] == ["x", None]
    assert columns.statuses() == {"ok": 1, "partial": 1}


def test_statuses_are_counted_whether_all_have_the_same_or_each_its_own() -> None:
    row = Outcome(0, "a", 1, 2, 5, 5, "m", "90GHz", "filtered", "1", None, "outside")
    alike = OutcomeColumns(2, {"status": "outside"}, {"target": [0, 1]})
    each = OutcomeColumns.of([row, row.changed(status="ok"), row])
    assert (alike.statuses(), each.statuses()) == ({"outside": 2}, {"outside": 2, "ok": 1})


@given(texts)
def test_a_changed_row_has_every_other_attribute_still(text: str) -> None:
    row = _outcome("a", 1.5, "ok")

    changed = row.changed(file=text, size=7)

    assert asdict(changed) == asdict(row) | {"file": text, "size": 7}


@settings(max_examples=examples(200), deadline=None)
@given(names, st.integers(0, 8**11 + 1), st.sampled_from([0, 1_700_000_000]))
def test_the_header_of_a_member_is_that_which_tarfile_writes(
    name: str, size: int, mtime: int
) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, mtime

    assert member_header(name, size, mtime) == member.tobuf(tarfile.PAX_FORMAT)


def test_a_packed_file_is_read_back() -> None:
    packed = PackedFile("a/b.fits", 512, 28800, "0" * 64, "application/fits", "fits")

    assert PackedFile.from_line(packed.to_line()) == packed
