"""What is written and read back between processes comes back the same."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sptjobs.execution.child.orders import (
    ChildOrder,
    CutOrder,
    Failed,
    Finished,
    PlannedPart,
    PlanOrder,
    Progressed,
    Report,
    order_from_line,
    report_from_line,
    to_line,
)
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome, PackedFile
from sptjobs.request.cutout_request import CutoutRequest

texts = st.text(max_size=12)
numbers = st.integers(-(2**53), 2**53)
floats = st.floats(allow_nan=False, allow_infinity=False)
points = st.tuples(floats, floats)

map_records = st.builds(
    MapRecord,
    map_id=texts,
    path=texts,
    shape=st.tuples(numbers, numbers),
    observed_box=st.tuples(numbers, numbers, numbers, numbers),
    footprint=st.lists(st.lists(points, max_size=3).map(tuple), max_size=2).map(tuple),
    wcs=st.dictionaries(texts, st.one_of(numbers, floats, texts, st.booleans()), max_size=3),
    beam_arcmin=st.none() | floats,
    band_centre_ghz=st.none() | floats,
    pixel_scale_arcmin=floats,
)
orders: st.SearchStrategy[ChildOrder] = st.one_of(
    st.builds(PlanOrder, part_cost_s=floats, maps=st.lists(map_records, max_size=2).map(tuple)),
    st.builds(CutOrder),
)
reports: st.SearchStrategy[Report] = st.one_of(
    st.builds(Progressed),
    st.builds(
        Finished,
        outcomes=st.dictionaries(texts, numbers, max_size=3),
        parts=st.lists(st.builds(PlannedPart, cost_s=floats), max_size=3).map(tuple),
    ),
    st.builds(Failed),
)
optional: dict[str, Any] = dict.fromkeys(
    ("covered", "targ_x", "targ_y", "north"), st.none() | floats
)


@given(st.builds(Outcome, ra=floats, dec=floats, xsize=floats, ysize=floats, **optional))
def test_an_outcome_is_what_was_written(outcome: Outcome) -> None:
    line = outcome.to_line()
    assert "\n" not in line
    assert Outcome.from_line(line) == Outcome.from_line(line.encode()) == outcome


@given(st.builds(PackedFile))
def test_a_packed_file_is_what_was_written(entry: PackedFile) -> None:
    line = entry.to_line()
    assert "\n" not in line
    assert PackedFile.from_line(line) == entry


@given(map_records)
def test_a_map_record_is_what_was_written(record: MapRecord) -> None:
    assert MapRecord.from_json(record.to_json()) == record
    assert MapRecord.from_json(record.to_json()).to_json() == record.to_json()


@given(st.from_type(CutoutRequest).map(lambda made: replace(made, targets=tuple(made.targets))))
def test_a_request_is_what_was_written_and_has_one_digest(request: CutoutRequest) -> None:
    text = request.to_json()
    again = CutoutRequest.from_json(text)
    assert again.to_json() == text
    assert again.digest() == request.digest()
    # NaN, which no valid request holds, is not equal to itself.
    if "NaN" not in text:
        assert again == request


@given(orders)
def test_an_order_is_one_line_that_reads_back_the_same(order: ChildOrder) -> None:
    line = to_line(order)
    assert line.count(b"\n") == 1
    assert order_from_line(line) == order


@given(reports)
def test_a_report_is_one_line_that_reads_back_the_same(report: Report) -> None:
    line = to_line(report)
    assert line.count(b"\n") == 1
    assert report_from_line(line) == report
