"""Pages of a manifest: every row once, in order, whatever the packs and the filter."""

import math
import time
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sptjobs.maps.site import packaged_kinds
from sptjobs.packs.job_rows import RowFilter, RowRange, read_rows
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.records import Outcome
from sptjobs.packs.row_columns import ROW_SORTS, RowOrder, row_order
from sptjobs.packs.writer import PackWriter
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.pair_status import Status
from tests.support.scale import scaled

BANDS, FILE_TYPES = packaged_kinds().band_names, packaged_kinds().filetype_names

ROW = Outcome(
    target=0, objid="a", ra=1.0, dec=-50.0, xsize=10.0, ysize=10.0, map_id="m", band="90GHz",
    filetype="filtered", obsid="1", date_beg=None, status="ok",
)  # fmt: skip

LABELS = {
    9: 'A "quoted\\" name, "band":"x","status":"ok"',
    10: "SPT-CL J0000\N{MINUS SIGN}5748",
    11: "\u5929\U0001f31f obj",
}
"""Names of some targets: labels may hold anything that can be seen."""

rows = st.builds(
    lambda target, band, filetype, status, reason, map_id: replace(
        ROW, target=target, objid=LABELS.get(target, f"Obj+{target % 7}_{target}"), band=band,
        filetype=filetype, status=status.value, reason=reason, map_id=map_id,
    ),
    st.integers(0, 12),
    st.sampled_from(BANDS),
    st.sampled_from(FILE_TYPES),
    st.sampled_from(list(Status)),
    st.none() | st.text(max_size=9) | st.just('","band":"x","status":"ok'),
    st.text(max_size=6) | st.just('","status":"ok"'),
)  # fmt: skip


def write(folder: Path, outcomes: list[Outcome]) -> Path:
    with PackWriter(folder) as pack:
        pack.add_outcomes(OutcomeColumns.of(outcomes))
    return folder


@settings(max_examples=scaled(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(rows, max_size=8), max_size=4),
    st.builds(
        RowFilter,
        st.frozensets(st.sampled_from([status.value for status in Status]), max_size=2),
        st.frozensets(st.sampled_from(BANDS), max_size=2),
        st.frozensets(st.sampled_from(FILE_TYPES), max_size=1),
        st.sampled_from(["", "obj", "+3", "_1", "none"]),
        st.sampled_from([None, "Obj+3_3", "obj+3_3", *LABELS.values()]),
    ),
)
def test_a_page_holds_what_reading_everything_would_give(
    tmp_path_factory: pytest.TempPathFactory, packs: list[list[Outcome]], wanted: RowFilter
) -> None:
    folder = tmp_path_factory.mktemp("job")
    folders = [write(folder / str(n), outcomes) for n, outcomes in enumerate(packs)]
    found = read_rows(tuple(folders))
    places = found.find(wanted)
    expected = sorted(
        (
            row
            for pack in packs
            for row in pack
            if (not wanted.statuses or row.status in wanted.statuses)
            and (not wanted.bands or row.band in wanted.bands)
            and (not wanted.filetypes or row.filetype in wanted.filetypes)
            and (wanted.objid is None or row.objid == wanted.objid)
            and (wanted.objid is not None or wanted.text in row.objid.lower())
        ),
        key=lambda row: (row.target, BANDS.index(row.band), FILE_TYPES.index(row.filetype)),
    )
    assert found.read(places) == expected
    assert found.read(places[2:5]) == expected[2:5]
    assert found.counts.total() == sum(map(len, packs))


numbers = st.none() | st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, 5.0])

measured = st.builds(
    lambda row, snr, covered, date, obsid: replace(
        row, snr=snr, covered=covered, date_beg=date, obsid=obsid, ra=row.target / 3, dec=-row.ra
    ),
    rows,
    numbers,
    numbers,
    st.none() | st.sampled_from(["2019-03-01T06:00:00", "2019-03-01T06:00:00.5", "2020-01-01"]),
    st.sampled_from(["9", "10", '","obsid":"1', "\u00e9", "A", "a"]),
)


def plain_value(row: Outcome, name: str) -> Any:
    """What a row is sorted by, in a plain way; None where it has no value."""
    if name in {"band", "filetype"}:
        return (BANDS if name == "band" else FILE_TYPES).index(getattr(row, name))
    if name == "status":
        return [status.value for status in Status].index(row.status)
    return getattr(row, name)


def plainly_sorted(found: list[Outcome], order: RowOrder) -> list[Outcome]:
    usual = sorted(
        found, key=lambda row: (row.target, BANDS.index(row.band), FILE_TYPES.index(row.filetype))
    )
    known = [row for row in usual if plain_value(row, order.column) is not None]
    known.sort(key=lambda row: plain_value(row, order.column), reverse=order.is_descending)
    return known + [row for row in usual if plain_value(row, order.column) is None]


@settings(max_examples=scaled(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(measured, max_size=8), max_size=4),
    st.builds(RowOrder, st.sampled_from(ROW_SORTS), st.booleans()),
    st.none() | st.builds(RowRange, st.sampled_from(["snr", "covered"]), *[st.floats(-9, 9)] * 2),
    st.sampled_from(["", "obj"]),
)
def test_rows_are_sorted_and_chosen_as_a_plain_sort_would(
    tmp_path_factory: pytest.TempPathFactory,
    packs: list[list[Outcome]],
    order: RowOrder,
    values: RowRange | None,
    text: str,
) -> None:
    folder = tmp_path_factory.mktemp("job")
    folders = [write(folder / str(n), outcomes) for n, outcomes in enumerate(packs)]
    indexes = OutcomeIndexes()
    every = indexes.rows(folders)
    wanted = RowFilter(text=text, ranges=() if values is None else (values,))
    expected = [
        row
        for row in plainly_sorted([row for pack in packs for row in pack], order)
        if text in row.objid.lower()
        and (
            values is None
            or (
                (value := getattr(row, values.column)) is not None
                and values.least <= value <= values.most
            )
        )
    ]
    for _ in range(2):
        assert every.read(indexes.find(every, wanted, order)) == expected
    places = indexes.find(every, wanted, order)
    assert every.read(places[1:4]) == expected[1:4]


@given(
    st.lists(st.floats(width=16) | st.sampled_from([1.0, 2.0, math.nan]), max_size=400),
    st.booleans(),
    st.integers(1, 50),
)
def test_many_rows_are_sorted_in_pieces_as_at_once(
    column: list[float], is_descending: bool, least: int
) -> None:
    known = [place for place, value in enumerate(column) if not math.isnan(value)]
    expected = sorted(known, key=column.__getitem__, reverse=is_descending)
    expected += [place for place, value in enumerate(column) if math.isnan(value)]
    found = row_order(array("d", column), is_descending, least_to_divide=least)
    assert found.tolist() == expected


def test_rows_of_an_earlier_release_have_no_value_and_come_last(tmp_path: Path) -> None:
    folder = write(tmp_path / "job/0", [replace(ROW, target=1, snr=3.0), ROW])
    file = folder / "outcomes.jsonl"
    old = file.read_bytes().replace(b',"snr":null,"weight_unit":null', b"")
    file.write_bytes(old)
    indexes = OutcomeIndexes()
    found = indexes.rows([folder])
    for is_descending in (False, True):
        places = indexes.find(found, RowFilter(), RowOrder("snr", is_descending))
        assert [row.target for row in found.read(places)] == [1, 0]


def test_a_column_of_a_pack_that_is_gone_or_cut_off_is_unavailable(tmp_path: Path) -> None:
    folder = write(tmp_path / "job/0", [ROW, ROW])
    indexes = OutcomeIndexes()
    found = indexes.rows([folder])
    file = folder / "outcomes.jsonl"
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole + whole):
        file.write_bytes(damaged)
        with pytest.raises(UnavailableError, match="job/0 cannot be read"):
            indexes.find(found, RowFilter(), RowOrder("snr"))
    file.unlink()
    with pytest.raises(UnavailableError, match="job/0 cannot be read"):
        indexes.find(found, RowFilter(ranges=(RowRange("snr", 1.0, 2.0),)))


def test_columns_and_orders_count_as_memory_and_go_with_the_rows_of_a_job_that_grew(
    tmp_path: Path,
) -> None:
    indexes = OutcomeIndexes()
    first = write(tmp_path / "job/1", [replace(ROW, snr=float(n)) for n in range(50)])
    found = indexes.rows([first])
    alone = indexes.kept_bytes
    indexes.find(found, RowFilter(), RowOrder("snr", is_descending=True))
    assert indexes.kept_bytes == alone + (8 + 4) * 50
    second = write(tmp_path / "job/2", [ROW])
    grown = indexes.rows([first, second])
    assert indexes.kept_bytes == grown.kept_bytes
    assert len(indexes.find(grown, RowFilter(), RowOrder("snr"))) == 51
    small = OutcomeIndexes(max_bytes=alone + 60)
    for column in ("snr", "ra", "dec", "size"):
        small.find(small.rows([first]), RowFilter(), RowOrder(column))
        assert small.kept_bytes <= alone + 60


def test_a_job_that_grew_is_read_anew_and_its_old_rows_are_forgotten(tmp_path: Path) -> None:
    indexes = OutcomeIndexes()
    first = write(tmp_path / "job/1", [ROW])
    before = indexes.rows([first])
    assert indexes.rows([first]) is before
    kept = indexes.kept_bytes
    second = write(tmp_path / "job/2", [replace(ROW, status="failed")])
    after = indexes.rows([first, second])
    assert len(after.find(RowFilter())) == 2
    assert kept < indexes.kept_bytes < 3 * kept


def test_memory_is_bounded_by_forgetting_the_job_looked_at_longest_ago(tmp_path: Path) -> None:
    folders = [write(tmp_path / f"job{n}/0", [ROW] * 50) for n in range(6)]
    one = read_rows((folders[0],)).kept_bytes
    indexes = OutcomeIndexes(max_bytes=int(2.5 * one))
    found = [indexes.rows([folder]) for folder in folders]
    assert indexes.kept_bytes <= 2.5 * one
    assert indexes.rows([folders[5]]) is found[5]
    assert indexes.rows([folders[0]]) is not found[0]
    assert OutcomeIndexes(max_bytes=1).rows([folders[0]]).counts.total() == 50


def test_a_pack_that_is_gone_or_cut_off_is_unavailable(tmp_path: Path) -> None:
    folder = write(tmp_path / "job/0", [ROW, ROW])
    found = read_rows((folder,))
    file = folder / "outcomes.jsonl"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(UnavailableError, match="job/0 cannot be read"):
        read_rows((folder,))
    with pytest.raises(UnavailableError, match="job/0 cannot be read"):
        found.read([1])
    file.unlink()
    with pytest.raises(UnavailableError, match="job/0 cannot be read"):
        found.read([0])


def test_a_page_of_thirty_thousand_rows_takes_little_time_and_memory(tmp_path: Path) -> None:
    count = scaled(30_000)
    outcomes = [
        replace(ROW, target=n % (count // 3), objid=f"t{n % (count // 3)}", band=BANDS[n % 3])
        for n in range(count)
    ]
    folders = [write(tmp_path / f"job/{n}", outcomes[n::7]) for n in range(7)]
    indexes = OutcomeIndexes()
    indexes.rows(folders)
    assert indexes.kept_bytes < 80 * count
    started = time.perf_counter()
    rows_ = indexes.rows(folders)
    places = rows_.find(RowFilter(bands=frozenset({"150GHz"}), text="t12"))
    page = rows_.read(places[-100:])
    assert time.perf_counter() - started < 5
    assert all(row.band == "150GHz" and row.objid.startswith("t12") for row in page)
