"""Forecasts against what jobs then make."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.forecast.forecast import Load, make_forecast
from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.footprints import Cover
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.packs.lightcurve import lightcurve_fits
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.request.parsing import examine_request
from sptjobs.uws.pair_status import Status
from tests.support.cutting import Made, make
from tests.support.small_maps import request_for

PLACES = [(-1.2 + 0.24 * (n % 11), -58.3 + 0.22 * (n // 11)) for n in range(66)]


def tar_bytes(made: Made) -> int:
    return sum((pack / "pack.tar").stat().st_size for pack in made.packs)


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        (3, {}),
        (30, {}),
        (10, {"filetypes": ("passthrough", "filtered")}),
        (10, {"products": ("fits", "preview"), "bands": ("90GHz",)}),
        (40, {"products": ("preview",), "bands": ("90GHz",)}),
        (10, {"date_start": date(2020, 1, 1)}),
        (10, {"projection": Projection.TAN, "bands": ("150GHz",)}),
        (10, {"projection": Projection.TAN, "pixel_scale": 0.5, "order": Order.EXACT,
              "bands": ("150GHz",)}),
    ],
)  # fmt: skip
def test_an_estimate_is_near_what_is_made(
    tmp_path: Path, tiny_archive: Path, tiny_maps: list[MapRecord], kind: dict[str, object],
    size: float,
) -> None:  # fmt: skip
    request = request_for(PLACES[::3], size, **{"filetypes": ("filtered",), **kind})
    maps = select_maps(tiny_maps, request)
    estimate = estimate_of(request, maps, coverage_of(request, maps))
    started = time.perf_counter()
    made = make(tmp_path / "job", tiny_archive, request, maps, part_cost_s=1.0)
    took = time.perf_counter() - started
    products = [name for name in made.files if name != "request.json"]
    assert len(products) * 0.9 <= estimate.files <= len(products) * 1.15
    assert 0.5 <= estimate.size_bytes / tar_bytes(made) <= 2
    # Generous, because machines that run tests are busy and of all kinds.
    assert took / 10 - 0.5 <= estimate.work_s <= 10 * took + 0.5


@pytest.mark.parametrize("size", [5, 60])
def test_previews_have_their_price(tiny_maps: list[MapRecord], size: float) -> None:
    with_previews, without = (
        estimate_of(request, maps, coverage_of(request, maps))
        for products in (("fits", "preview"), ("fits",))
        for request in [request_for(PLACES, size, products=products)]
        for maps in [select_maps(tiny_maps, request)]
    )
    each = (with_previews.work_s - without.work_s) / without.pairs
    pixels = (size / tiny_maps[0].pixel_scale_arcmin) ** 2
    assert 0.2 <= each / (8e-4 + 7e-8 * pixels) <= 2


def test_slots_beyond_the_cores_promise_no_speed(tiny_maps: list[MapRecord]) -> None:
    examined = examine_request([("RA", "0"), ("DEC", "-57.8")], {}, max_targets=9)
    found = make_forecast(examined, tiny_maps, Load(8, 4, cores=2))
    work = replace(found, estimate=replace(found.estimate, work_s=100.0))
    alone = replace(work, load=Load(2, 4))
    assert (work.seconds, work.range_s, work.waiting_s) == (
        alone.seconds, alone.range_s, alone.waiting_s,
    )  # fmt: skip
    assert work.range_s == (25.2, 100.2)


@pytest.mark.parametrize("slower", [1.0, 7.0, 0.2])
def test_a_forecast_learns_from_what_parts_took(tiny_maps: list[MapRecord], slower: float) -> None:
    examined = examine_request([("RA", "0"), ("DEC", "-57.8")], {}, max_targets=9)
    ratios = [slower * (0.8 + 0.02 * n) for n in range(20)]
    found = make_forecast(examined, tiny_maps, Load(2, 0, 2, ratios))
    work = replace(found, estimate=replace(found.estimate, work_s=100.0))
    low, high = work.range_s
    assert 40 * slower < low < work.seconds < high < 62 * slower
    few = replace(work, load=Load(2, 0, 2, ratios[:9]))
    assert few.range_s == (25.2, 100.2)


def test_light_curves_alone_are_forecast_as_one_small_table(
    tmp_path: Path, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    kind = {"date_start": date(2020, 1, 1), "products": ("lightcurve",)}
    request = request_for(PLACES, 10, **kind)
    maps = select_maps(tiny_maps, request)
    estimate = estimate_of(request, maps, coverage_of(request, maps))
    made = make(tmp_path / "job", tiny_archive, request, maps)
    heads = [read_head(pack) for pack in made.packs]
    table = b"".join(lightcurve_fits({}, heads, heads[0].points, iter_points(made.packs, heads)))
    assert estimate.files == 1
    assert 0.5 <= estimate.size_bytes / len(table) <= 2
    both = replace(request, products=("fits", "lightcurve"))
    stamps = replace(request, products=("fits",))
    with_stamps, alone = (
        estimate_of(each, maps, coverage_of(each, maps)) for each in (both, stamps)
    )
    assert with_stamps.files == alone.files + 1
    assert with_stamps.size_bytes == alone.size_bytes + estimate.size_bytes
    assert estimate.work_s < alone.work_s


def test_maps_without_a_unit_are_stated_to_who_asks_for_light_curves(
    tiny_maps: list[MapRecord],
) -> None:
    fields = [
        ("RA", "0"),
        ("DEC", "-57.8"),
        ("PRODUCTS", "lightcurve"),
        ("DATE_START", "2020-01-01"),
    ]
    examined = examine_request(fields, {}, max_targets=9)
    assert make_forecast(examined, tiny_maps, Load(2, 0)).warnings == ()
    without = [replace(record, unit=None) for record in tiny_maps]
    (warning,) = make_forecast(examined, without, Load(2, 0)).warnings
    assert (warning.field, warning.reason) == (
        "PRODUCTS", "6 of 6 maps have no confirmed unit, and give no values",
    )  # fmt: skip


def test_native_stamps_of_maps_without_rows_and_columns_are_warned_of(
    tiny_maps: list[MapRecord],
) -> None:
    fields = [("RA", "0"), ("DEC", "-57.8")]
    examined = examine_request(fields, {}, max_targets=9)
    selected = make_forecast(examined, tiny_maps, Load(2, 0)).maps
    numbered = [replace(selected[0], wcs={"NSIDE": 8192}), *selected[1:]]
    (warning,) = make_forecast(examined, numbered, Load(2, 0)).warnings
    assert warning.field == "PROJECTION"
    assert f"among them {selected[0].map_id}, have no pixels in rows" in warning.reason
    tan = examine_request([*fields, ("PROJECTION", "TAN")], {}, max_targets=9)
    assert make_forecast(tan, numbered, Load(2, 0)).warnings == ()


def test_the_forecast_of_a_target_is_what_happens_to_it(
    tmp_path: Path, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    places = [(-1.6 + 0.2 * (n % 17), -58.8 + 0.2 * (n // 17)) for n in range(17 * 13)]
    request = request_for(places, 12, bands=("150GHz",), filetypes=("filtered",))
    maps = select_maps(tiny_maps, request)
    coverage = coverage_of(request, maps)
    assert coverage.exact
    made = make(tmp_path / "job", tiny_archive, request, maps)
    forecast = [share.cover for (share,) in coverage.shares]
    none = {Status.OUTSIDE.value, Status.NO_DATA.value}
    for outcome in made.outcomes:
        cover = forecast[outcome.target]
        if cover is Cover.OUTSIDE:
            assert outcome.status in none
        if cover is Cover.INSIDE:
            assert outcome.status not in none
    # Footprints reach a few pixels over the observed ones, and know of no holes: these maps
    # have several in a field of two degrees.
    whole = [forecast[each.target] for each in made.outcomes if each.status == Status.OK]
    assert whole.count(Cover.INSIDE) >= 0.6 * forecast.count(Cover.INSIDE)
    assert set(forecast) == set(Cover)


def test_a_moving_object_is_asking_for_the_maps_of_its_times(tiny_maps: list[MapRecord]) -> None:
    single = next(each for each in tiny_maps if each.tag is None and each.band == "90GHz")
    maps = [
        replace(single, map_id=f"m{day}", date_beg=f"2020-03-{day:02d}T00:00:00", date_end=None)
        for day in range(1, 31)
    ]
    first = 58909.0  # 2020-03-01
    targets = (
        Target("all", 0, -57.8, 10, 10),
        Target("one", 0, -57.8, 10, 10, first + 4.9, first + 5.1),
        Target("late", 0, -57.8, 10, 10, first + 24.5, None),
        Target("never", 0, -57.8, 10, 10, first - 9, first - 8),
        Target("away", 90, -57.8, 10, 10),
    )
    request = CutoutRequest(targets, date_start=date(2020, 3, 1))
    coverage = coverage_of(request, maps)
    assert [share.maps for (share,) in coverage.shares] == [30, 1, 5, 0, 0]
    assert [share.cover for (share,) in coverage.shares] == [
        Cover.INSIDE, Cover.INSIDE, Cover.INSIDE, Cover.OUTSIDE, Cover.OUTSIDE,
    ]  # fmt: skip


def test_a_coadd_that_is_named_answers_whatever_times_are_asked_for(
    tiny_maps: list[MapRecord],
) -> None:
    coadd = next(each for each in tiny_maps if each.tag is not None)
    target = Target("a", 0, -57.8, 10, 10, 58909.0, 58910.0)
    request = CutoutRequest((target,), (coadd.band,), (coadd.filetype,), map_ids=(coadd.map_id,))
    ((share,),) = coverage_of(request, select_maps(tiny_maps, request)).shares
    assert (share.asked, share.maps) == (1, 1)


def test_of_very_many_footprints_some_stand_for_all(
    tiny_maps: list[MapRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.forecast.coverage.MAX_TESTS", 40)
    maps = [
        replace(
            record,
            map_id=f"{record.map_id}-{n}",
            footprint=tuple(tuple((ra, dec + 1e-4 * n) for ra, dec in p) for p in record.footprint),
        )
        for n in range(30)
        for record in tiny_maps
        if record.tag is None and record.filetype == "filtered"
    ]
    request = request_for([(0, -57.8), (90, 0)], date_start=date(2019, 1, 1))
    few = tuple(request.targets)
    for targets, exact in ((few, False), (few * 30, False)):
        coverage = coverage_of(replace(request, targets=targets), maps)
        assert coverage.exact is exact
        assert {share.maps for share in coverage.shares[0]} == {30}
        assert {share.maps for share in coverage.shares[1]} == {0}


def test_a_forecast_warns_of_what_is_perhaps_not_meant(tiny_maps: list[MapRecord]) -> None:
    table = b"RA,DEC\n0,-57.8\n0,-57.8\n90,0\n"
    fields = [("COADD", "yearly_winter_2020"), ("POSITIONS", table.decode())]
    examined = examine_request(fields, {}, max_targets=9)
    found = make_forecast(examined, tiny_maps, Load(slots=2, parts=10))
    said = [(each.field, each.row, each.reason) for each in found.warnings]
    assert said == [
        ("RA", 2, "is the same position, size and time as row 1"),
        ("RA", 3, "lies outside every map that is selected"),
    ]
    assert found.waiting_s == 5.0
    timed = b"RA,DEC,TMIN,TMAX\n0,-57.8,58931.2,58931.21\n0,-57.8,58999,58999.1\n"
    missed = make_forecast(
        examine_request([("POSITIONS", timed.decode())], {}, max_targets=9), tiny_maps, Load(2, 0)
    )
    assert [(each.field, each.row, each.reason) for each in missed.warnings] == [
        ("TMIN", 2, "no map that is selected was observed within the times of this row")
    ]
    none = make_forecast(
        examine_request([*fields[1:], ("DATE_START", "2001-01-01"), ("DATE_END", "2001-01-01")],
                        {}, max_targets=9), tiny_maps, Load(2, 0),
    )  # fmt: skip
    assert "nothing will be cut" in none.warnings[0].reason
    fields = [("CIRCLE", "0 -57.8 3"), ("ID", tiny_maps[0].map_id)]
    named = make_forecast(examine_request(fields, {}, max_targets=9), tiny_maps, Load(2, 0))
    reasons = {(each.field, each.value): each.reason for each in named.warnings}
    assert "larger than a stamp can be" in reasons["POS", "CIRCLE 0.0 -57.8 3.0"]
    assert (none.estimate.files, none.estimate.size_bytes) == (0, 0)
