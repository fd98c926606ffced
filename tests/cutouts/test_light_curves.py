"""Points of light curves against the maps as astropy reads them."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.cutouts.photometry.flux import error_scale
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.child.work import carry_out
from sptjobs.formats.flat_sky.wcs import sky_to_pixel
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.packs.lightcurve import lightcurve_csv
from sptjobs.packs.points import Point
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from tests.support.cutting import Made, cut_order, make, plan_order
from tests.support.small_maps import PAD_ROWS, make_map, pixels, request_for

ALONE = ("lightcurve",)
BESIDE = ("fits", "lightcurve")
PLACES = [(0.0, -57.5), (0.31, -57.42), (-0.52, -57.61)]


def single(folder: Path, day: int, **kind: Any) -> MapRecord:
    """A map of an observation of two hours on a day of March 2019."""
    record = {
        "obsid": f"2820{day:02d}",
        "date_beg": f"2019-03-{day:02d}T06:00:00",
        "date_end": f"2019-03-{day:02d}T08:00:00",
    } | kind.pop("record", {})
    return make_map(folder, f"2820{day:02d}_90GHz_psth", seed=day, record=record, **kind)


def points(made: Made) -> list[Point]:
    return list(iter_points(made.packs, [read_head(pack) for pack in made.packs]))


def table(made: Made) -> bytes:
    return b"".join(lightcurve_csv({}, points(made)))


@pytest.mark.parametrize("compression", [None, "GZIP_2", "gzip"])
@pytest.mark.parametrize("products", [ALONE, BESIDE])
def test_a_value_is_the_pixel_of_the_map_and_its_error_is_by_the_weight(
    tmp_path: Path, products: tuple[str, ...], compression: str | None
) -> None:
    maps = [single(tmp_path, day, compression=compression) for day in (3, 1, 2)]
    request = request_for(PLACES, products=products)
    found = points(make(tmp_path / "job", tmp_path, request, maps))
    assert [(p.target, p.epoch.obsid) for p in found] == [
        (target, f"28200{day}") for target in range(3) for day in (1, 2, 3)
    ]
    images = {record.obsid: pixels(tmp_path, record) for record in maps}
    x, y = sky_to_pixel(maps[0], *np.array(PLACES).T)
    for point in found:
        sci, wgt = images[point.epoch.obsid]
        at = round(float(y[point.target])), round(float(x[point.target]))
        assert (point.status, point.value, point.weight) == ("ok", sci[at], wgt[at])
        assert point.error == pytest.approx(1 / np.sqrt(wgt[at]), rel=1e-6)
        # 2019-03-01 is MJD 58543; seven in the morning is the middle.
        assert point.epoch.mjd == pytest.approx(58542 + int(point.epoch.obsid[-1]) + 7 / 24)
        assert (point.epoch.duration, point.epoch.unit) == (7200.0, "mK")


def test_a_curve_does_not_depend_on_stamps_projection_or_division(tmp_path: Path) -> None:
    small: dict[str, Any] = {"compression": "GZIP_2", "shape": (100, 300)}
    maps = [single(tmp_path, day, **small) for day in range(1, 6)]
    places = [(-0.9 + 0.2 * n, -57.68 + 0.045 * n) for n in range(8)]
    kinds: list[dict[str, Any]] = [
        {"products": ALONE},
        {"products": BESIDE},
        {"products": BESIDE, "projection": Projection.TAN, "order": Order.NEAREST},
    ]
    tables = []
    for number, kind in enumerate(kinds):
        for cost in (1e9, 1e-3):
            folder = tmp_path / f"job-{number}-{cost}"
            made = make(folder, tmp_path, request_for(places, 5, **kind), maps, cost)
            assert (len(made.packs) > 2) == (cost < 1)
            tables.append(table(made))
    rows = list(csv.DictReader(io.StringIO(tables[0].decode())))
    assert len(rows) == 8 * 5
    assert {row["status"] for row in rows} == {"ok", "no-data"}
    assert tables == [tables[0]] * 6


def test_a_curve_alone_makes_no_stamps_and_is_stated_in_the_manifest(tmp_path: Path) -> None:
    maps = [single(tmp_path, 1), single(tmp_path, 2, hole=(200, 100, 300, 200))]
    made = make(tmp_path / "job", tmp_path, request_for(PLACES, products=ALONE), maps)
    assert list(made.files) == ["request.json"]
    assert {outcome.file for outcome in made.outcomes} == {None}
    statuses = [outcome.status for outcome in made.outcomes]
    assert statuses == [point.status for point in points(made)]
    assert statuses[:2] == ["ok", "no-data"]
    assert [o.centre_covered for o in made.outcomes[:2]] == [True, False]
    assert made.outcomes[1].reason == points(made)[1].reason
    assert points(made)[1].value is None


def test_a_target_beside_the_map_has_no_row_and_one_without_data_has_no_value(
    tmp_path: Path,
) -> None:
    record = single(tmp_path, 1)
    # The maps have 300 rows of a quarter of an arcmin; the lowest are not observed.
    middle, edge = -57.5, 150 / 4 / 60
    inside, beside = edge - 0.002, edge + 0.002
    unobserved = edge - (PAD_ROWS - 2) / 4 / 60
    places = [(0.0, middle + inside), (0.0, middle + beside), (0.0, middle - unobserved), (40, -30)]
    for products in (ALONE, BESIDE):
        made = make(
            tmp_path / str(len(products)),
            tmp_path,
            request_for(places, products=products),
            [record],
        )
        found = [(p.target, p.status, p.value is None, p.weight == 0) for p in points(made)]
        assert found == [(0, "no-data", True, False), (2, "no-data", True, True)]
        assert "of the beam around the target is observed" in (points(made)[0].reason or "")
        assert len(made.outcomes) == 4
        assert made.outcomes[3].status == "outside"
    assert made.outcomes[1].status == "partial"


def test_coadds_give_no_points(tmp_path: Path) -> None:
    coadd = make_map(
        tmp_path,
        "c",
        record={"tag": "yearly", "obsid": "yearly", "date_beg": None, "date_end": None},
    )
    made = make(
        tmp_path / "job",
        tmp_path,
        request_for(PLACES, products=BESIDE),
        [coadd, single(tmp_path, 1)],
    )
    assert {point.epoch.obsid for point in points(made)} == {"282001"}
    assert len(made.outcomes) == 6


@pytest.mark.parametrize(
    ("unit", "weight_unit", "scale"),
    [
        ("mK", "mK-2", 1.0), ("mJy", "mJy-2", 1.0), ("mK", "uK-2", 1e-3), ("K", "mK-2", 1e-3),
        ("mK", None, None), ("mK", "mJy-2", None), ("mK", "mK", None), ("mK", "s", None),
    ],
)  # fmt: skip
def test_an_error_is_given_in_the_unit_of_the_value_or_not_at_all(
    unit: str, weight_unit: str | None, scale: float | None
) -> None:
    assert error_scale(unit, weight_unit) == (None if scale is None else pytest.approx(scale))


def test_what_is_not_known_of_a_map_is_not_made_up(tmp_path: Path) -> None:
    maps = [
        single(tmp_path, 1, record={"unit": None, "weight_unit": None}),
        single(tmp_path, 2, record={"weight_unit": None}),
        single(tmp_path, 3, record={"date_end": None}),
        replace(single(tmp_path, 4), size_bytes=1),
    ]
    made = make(tmp_path / "job", tmp_path, request_for(PLACES[:1], products=BESIDE), maps)
    no_unit, no_error, no_end, changed = points(made)
    assert (no_unit.status, no_unit.value) == ("failed", None)
    assert "no unit is confirmed" in (no_unit.reason or "")
    assert made.outcomes[0].status == "ok"
    assert (no_error.status, no_error.error) == ("ok", None)
    assert no_error.value is not None
    assert (no_end.epoch.mjd, no_end.epoch.duration) == (58545.25, None)
    assert (changed.status, changed.value) == ("failed", None)
    assert changed.reason == made.outcomes[3].reason


def test_a_map_multiplied_by_its_weights_gives_no_values(tmp_path: Path) -> None:
    record = single(tmp_path, 1)
    path = tmp_path / record.path
    fits.setval(path, "WEIGHTED", value=True, ext=record.sci_hdu)
    about = path.stat()
    changed = replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)
    (point,) = points(
        make(tmp_path / "job", tmp_path, request_for(PLACES[:1], products=ALONE), [changed])
    )
    assert (point.status, point.value) == ("failed", None)
    assert "multiplied" in (point.reason or "")


def test_a_part_that_is_given_up_has_failed_points(tmp_path: Path) -> None:
    maps = [single(tmp_path, day) for day in range(1, 6)]
    request: CutoutRequest = request_for(PLACES, products=ALONE)
    order = plan_order(tmp_path / "job", tmp_path, request, maps, 1e-6)
    planned = carry_out(order, lambda _: None)
    assert isinstance(planned, Finished)
    packs = [Path(order.folder)]
    for part in planned.parts:
        cut = replace(cut_order(order, part.number), condemned="it killed three children")
        carry_out(cut, lambda _: None)
        packs.append(Path(cut.folder))
    found = list(iter_points(packs, [read_head(pack) for pack in packs]))
    assert planned.parts
    assert len(found) == 15
    assert {(p.status, p.value, p.reason) for p in found} == {
        ("failed", None, "it killed three children")
    }
