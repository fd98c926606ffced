"""Planning: every pair once, in bins of bounded work."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.forecast.cost import cost_of
from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.uws.errors import ParameterError, UsageError
from tests.support.scale import scaled
from tests.support.small_maps import make_map, request_for


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> MapRecord:
    return make_map(tmp_path_factory.mktemp("maps"))


def _copies(record: MapRecord, count: int) -> list[MapRecord]:
    return [
        replace(record, map_id=f"map{number}", obsid=str(number), compression=kind)
        for number, kind in zip(range(count), ("GZIP_2", None, "gzip") * count, strict=False)
    ]


targets = st.builds(
    Target,
    objid=st.uuids().map(str),
    ra=st.floats(0, 359.99) | st.floats(0, 1.5) | st.floats(358.5, 359.99),
    dec=st.floats(-90, 90) | st.floats(-58.5, -56.5),
    xsize=st.floats(0.1, 60),
    ysize=st.floats(0.1, 60),
    tmin=st.none() | st.sampled_from([58543.0, 58543.3, 58544.0]),
    tmax=st.none() | st.sampled_from([58543.1, 58543.27, 58543.5]),
)


@settings(max_examples=scaled(60), deadline=None)
@given(
    st.lists(targets, min_size=1, max_size=30, unique_by=lambda target: target.objid),
    st.integers(1, 5),
    st.floats(0.001, 2),
    st.sampled_from(Projection),
)
def test_every_pair_that_answers_is_planned_exactly_once_and_parts_are_bounded(
    record: MapRecord,
    wanted: list[Target],
    count: int,
    part_cost_s: float,
    projection: Projection,
) -> None:
    request = CutoutRequest(tuple(wanted), projection=projection)
    maps = _copies(record, count)
    assert record.observed is not None
    begin, end = record.observed

    work = plan(request, maps, part_cost_s)
    parts = [work.part(place, place + 1) for place in range(len(work.slices))]

    settled = (outcome for outcomes in work.settled() for outcome in outcomes.rows())
    planned = Counter((outcome.target, outcome.map_id) for outcome in settled)
    for part in parts:
        for each in part.bins:
            for pair in each.pairs:
                name = part.maps[each.map].record.map_id
                planned[part.targets[pair.target].index, name] += 1
    assert planned == {
        (index, each.map_id): 1
        for index, target in enumerate(wanted)
        for each in maps
        if (target.tmin is None or target.tmin <= end)
        and (target.tmax is None or begin <= target.tmax)
    }
    dearest = max(cost_of(each, request).opening for each in maps)
    for part in parts:
        assert part.pairs == 1 or part.cost_s <= max(part_cost_s, 3 * dearest) + 1e-6


moments = st.sampled_from([58543.0 + n / 48 for n in range(96)])
spans = st.tuples(st.none() | moments, st.none() | moments).filter(
    lambda span: span[0] is None or span[1] is None or span[0] <= span[1]
)
"""TMIN and TMAX of targets; others are refused."""


@settings(max_examples=scaled(60), deadline=None)
@given(
    st.lists(spans, min_size=1, max_size=5),
    st.lists(st.tuples(moments, moments), min_size=1, max_size=5),
)
def test_selection_forecast_and_plan_take_the_same_maps_for_the_times_of_targets(
    record: MapRecord,
    times: list[tuple[float | None, float | None]],
    observed: list[tuple[float, float]],
) -> None:
    wanted = tuple(
        Target(f"t{number}", 0.0, -57.5, 5.0, 5.0, tmin, tmax)
        for number, (tmin, tmax) in enumerate(times)
    )
    request = CutoutRequest(wanted, bands=("90GHz",), filetypes=("passthrough",))
    maps = [
        replace(each, date_beg=_moment(min(span)), date_end=_moment(max(span)),
                footprint=(((359.0, -58.0), (1.0, -58.0), (1.0, -57.0), (359.0, -57.0)),))
        for each, span in zip(_copies(record, len(observed)), observed, strict=True)
    ]  # fmt: skip
    if not request.has_times:
        return

    selected = select_maps(maps, request)

    met = {
        (target.objid, each.obsid)
        for target in wanted
        for each in maps
        if each.observed is not None
        and (target.tmin is None or target.tmin <= each.observed[1])
        and (target.tmax is None or each.observed[0] <= target.tmax)
    }
    assert {each.obsid for each in selected} == {obsid for _, obsid in met}
    planned = plan(request, selected, 1.0)
    assert {
        (wanted[index].objid, each.record.obsid)
        for each in planned.maps
        for index in (*each.targets.tolist(), *each.settled.tolist())
    } == met
    counts = [
        sum(share.asked for share in shares) for shares in coverage_of(request, selected).shares
    ]
    assert counts == [sum(objid == target.objid for objid, _ in met) for target in wanted]


def _moment(mjd: float) -> str:
    return (datetime(1858, 11, 17) + timedelta(days=mjd)).isoformat()  # noqa: DTZ001 - records name no zone


def test_a_part_survives_its_line(record: MapRecord) -> None:
    request = request_for([(0, -57.5), (0.2, -57.4)], projection=Projection.TAN, pixel_scale=0.1)
    part = plan(request, [record], 1.0).part(0, 3)

    assert PartPlan.from_line(part.to_line()) == part
    assert "\n" not in part.to_line()


def test_plans_of_the_same_work_are_the_same(record: MapRecord) -> None:
    request = request_for([(0.01 * step, -57.5) for step in range(50)])

    first, second = (plan(request, _copies(record, 3), 0.05) for _ in range(2))

    lines = [
        [each.part(place, place).to_line() for place in range(len(each.slices))]
        for each in (first, second)
    ]
    assert lines[0] == lines[1]
    assert len(lines[0]) > 1


def test_one_target_on_five_hundred_maps_takes_a_few_parts(record: MapRecord) -> None:
    maps = [replace(record, map_id=f"map{n}", obsid=str(n)) for n in range(500)]

    work = plan(request_for([(0, -57.5)]), maps, 1.0)

    assert 3 <= len(work.slices) <= 20


def test_pairs_are_sorted_by_the_first_row_that_they_need(record: MapRecord) -> None:
    request = request_for([(0, -57.5 + 0.01 * (step * 7 % 30)) for step in range(30)])

    (each,) = plan(request, [record], 100.0).part(0, 0).bins

    rows = [pair.y for pair in each.pairs]
    assert rows == sorted(rows)


def test_targets_with_times_are_not_asking_for_maps_without_dates(record: MapRecord) -> None:
    target = Target("moving", 0, -57.5, 10, 10, tmin=1.0)
    coadd = replace(record, map_id="coadd", obsid="yearly", tag="yearly", date_beg=None)

    work = plan(CutoutRequest((target,)), [record, coadd], 1.0)

    assert [len(each.targets) + len(each.settled) for each in work.maps] == [1, 0]


@pytest.mark.parametrize("order", [Order.NEAREST, Order.BILINEAR, Order.BICUBIC])
def test_a_coarser_scale_is_refused_for_orders_that_skip_pixels(
    record: MapRecord, order: Order
) -> None:
    request = request_for([(0, -57.5)], projection=Projection.TAN, pixel_scale=0.5, order=order)

    with pytest.raises(ParameterError, match=r"PIXEL_SCALE: .*0\.25 arcmin.*got '0\.5'"):
        plan(request, [record], 1.0)


def test_the_same_map_twice_is_refused(record: MapRecord) -> None:
    with pytest.raises(UsageError, match="same map"):
        plan(request_for([(0, -57.5)]), [record, record], 1.0)


def test_maps_whose_files_would_get_the_same_name_get_their_field_into_it(
    record: MapRecord, tmp_path: Path
) -> None:
    other = replace(record, map_id="other", field="ra0hdec 52.25/x")
    third = replace(record, map_id="third", obsid="3")

    suffixes = [each.suffix for each in plan(request_for([(0, 0)]), [record, other, third], 1).maps]

    assert suffixes == [
        "90GHz_282023912_ra0hdec-59.75_psth",
        "90GHz_282023912_ra0hdec-52.25-x_psth",
        "90GHz_3_psth",
    ]


def test_maps_of_the_same_field_that_would_collide_get_their_identifier_too(
    record: MapRecord,
) -> None:
    other = replace(record, map_id="other")

    suffixes = [each.suffix for each in plan(request_for([(0, 0)]), [record, other], 1).maps]

    assert suffixes == [
        "90GHz_282023912_ra0hdec-59.75_282023912_90GHz_psth_psth",
        "90GHz_282023912_ra0hdec-59.75_other_psth",
    ]


@settings(max_examples=scaled(20), deadline=None)
@given(
    st.lists(targets, min_size=1, max_size=20, unique_by=lambda target: target.objid),
    st.sampled_from(Projection),
)
def test_a_map_is_planned_as_if_it_were_the_only_one(
    record: MapRecord, wanted: list[Target], projection: Projection
) -> None:
    request = CutoutRequest(tuple(wanted), projection=projection)
    shifted = {**record.wcs, "CRPIX1": float(record.wcs["CRPIX1"]) + 40}
    maps = [*_copies(record, 3), replace(record, map_id="shifted", obsid="shifted", wcs=shifted)]

    together = plan(request, maps, 1.0).maps

    for each, of_all in zip(maps, together, strict=True):
        (alone,) = plan(request, [each], 1.0).maps
        for name in ("targets", "x", "y", "north", "rows", "ends", "pixels", "settled"):
            np.testing.assert_array_equal(getattr(of_all, name), getattr(alone, name))
