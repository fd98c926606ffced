"""Targets as columns: what goes in comes out, and equal sequences are equal."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.cutouts.plan.plan import plan
from sptjobs.request import identifiers
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.request.identifiers import file_stems
from sptjobs.request.packed_rows import PackedRows
from sptjobs.request.positions import parse_positions
from sptjobs.request.target_table import TargetColumns
from sptjobs.request.text_column import DistinctTexts, TextColumn
from sptjobs.uws.errors import ParameterError
from tests.support.small_maps import make_map

texts = st.text(max_size=6) | st.sampled_from(["", "a", "A", "\0", "\ud800", "é"])
numbers = st.floats(allow_nan=False)
OWN = [
    "con",
    "Con.txt",
    "conman",
    "COM1",
    "manifest",
    "stacks.",
    "index.x",
    "aux_",
    "a" * 64,
    "a" * 65,
]
labels = st.none() | st.text(min_size=1, max_size=6)
targets = st.builds(
    Target, texts, *[numbers] * 4, st.none() | numbers, st.none() | numbers, labels, labels
)


@given(st.lists(targets, max_size=9), st.slices(9))
def test_targets_come_out_of_columns_as_they_went_in(rows: list[Target], part: slice) -> None:
    columns = TargetColumns.of(rows)
    added = TargetColumns()
    for each in rows:
        added.append(each)
    assert list(columns) == list(added) == rows
    assert columns[part] == tuple(rows)[part]
    assert columns == tuple(rows)
    assert tuple(rows) == columns
    assert hash(columns) == hash(tuple(rows))
    assert columns != (*rows, Target("", 0, 0, 1, 1))
    assert TargetColumns.of(columns) is columns


def test_requests_are_equal_and_have_one_digest_however_their_targets_are_kept() -> None:
    columns = parse_positions(b"RA,DEC\n1,-50\n2,-51\n", default_size=(5.0, 5.0), max_targets=9)
    kept, plain = CutoutRequest(columns), CutoutRequest(tuple(columns))
    assert isinstance(columns, TargetColumns)
    assert kept == plain
    assert (kept.digest(), kept.to_json()) == (plain.digest(), plain.to_json())
    assert kept.stems == plain.stems == tuple(each.objid for each in columns)


def test_planning_leaves_a_request_as_it_was(tmp_path: Path) -> None:
    columns = parse_positions(
        b"RA,DEC,TMIN\n1,-57,\n2,-51,58000\n", default_size=(5.0, 5.0), max_targets=9
    )
    request, plain = CutoutRequest(columns), CutoutRequest(tuple(columns))
    assert plan(request, [make_map(tmp_path)], 1).style == plan(plain, [], 1).style
    assert request == plain


@given(st.lists(texts))
def test_distinct_texts_have_the_place_at_which_they_came_first(given_: list[str]) -> None:
    order = list(dict.fromkeys(given_))
    distinct = DistinctTexts()
    assert [distinct.add(text) for text in given_] == [order.index(text) for text in given_]
    assert (list(distinct), len(distinct)) == (order, len(order))
    assert all(text in distinct for text in given_)
    assert "not there" not in distinct


def test_many_distinct_texts_are_found() -> None:
    names = [f"t{random.Random(n).random()}" for n in range(5000)]
    distinct = DistinctTexts(names)
    assert [distinct.add(name) for name in names] == list(range(5000))
    assert list(TextColumn(names)) == names


@given(st.lists(st.lists(texts, max_size=3) | st.just(ParameterError("no", field="X"))))
def test_packed_rows_are_the_rows_each_time(rows: list[list[str] | ParameterError]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sptjobs.request.packed_rows._ROWS_AT_ONCE", 4)
        packed = PackedRows(iter(rows))
    assert list(packed) == list(packed) == rows
    assert len(packed) == len(rows)


@given(st.lists(st.sampled_from(["a", "A", "a_2", "é", "e", "con", "x y", "x_y"])))
def test_stems_differ_on_disks_that_do_not_tell_cases_apart(names: list[str]) -> None:
    stems = file_stems(TextColumn(names))
    assert len({stem.lower() for stem in stems}) == len(names)
    assert stems == file_stems(names)


@given(
    st.lists(st.from_regex("[A-Za-z0-9._+-]{1,6}", fullmatch=True) | texts | st.sampled_from(OWN))
)
def test_names_that_are_all_their_own_stems_are_found_at_once(names: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifiers, "FEW_NAMES", -1)
        one_by_one = file_stems(names)
    assert file_stems(names) == one_by_one
