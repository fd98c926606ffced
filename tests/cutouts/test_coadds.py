"""Coadds against maps whose sky, noise and weights the tests chose."""

import io
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from sptjobs.cutouts.coadds.gathering import Coadds
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import make
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import (
    MIDDLE,
    NAME,
    SHAPE,
    SKY,
    Observations,
    box_of,
    coadd_request,
    opened,
    run_request,
)
from tests.support.scale import scaled
from tests.support.small_maps import make_map, wcs_cards


def test_a_coadd_is_the_mean_by_weights_and_its_weights_are_their_sum(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 4)
    made = run_request(observed, coadd_request(observed))
    with opened(made) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "WGT", "INPUTS"]
        box = box_of(hdus["SCI"].header, observed.records[0])
        mean, weight = observed.mean([0, 1, 2, 3], box)
        assert hdus["SCI"].data.shape == (40, 40)
        np.testing.assert_allclose(hdus["SCI"].data, mean, rtol=3e-7)
        np.testing.assert_allclose(hdus["WGT"].data, weight, rtol=3e-7)
        header = hdus["SCI"].header
        assert (header["BUNIT"], hdus["WGT"].header["BUNIT"]) == ("mJy", "mJy-2")
        assert (header["NCOADD"], header["NFAILED"]) == (4, 0)
        assert header["DATE-BEG"] == "2019-03-01T06:00:00"
        assert header["DATE-END"] == "2019-03-04T08:00:00"
    assert [outcome.coadd for outcome in made.outcomes] == [NAME] * 4
    assert [outcome.file for outcome in made.outcomes] == [None] * 4


def test_its_pull_is_that_of_a_normal_deviate_and_it_has_no_bias(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 5, seed=7)
    with opened(run_request(observed, coadd_request(observed))) as hdus:
        pull = (hdus["SCI"].data - SKY) * np.sqrt(hdus["WGT"].data)
    count = pull.size
    assert abs(pull.mean()) < 4.5 / np.sqrt(count)
    assert abs(pull.std() - 1) < 4.5 / np.sqrt(2 * count)


def test_the_table_of_inputs_tells_each_map_with_its_pixels(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    made = run_request(observed, coadd_request(observed))
    inputs = Table.read(io.BytesIO(made.files[NAME]), hdu="INPUTS")
    assert list(inputs["obsid"]) == ["1000", "1001", "1002"]
    assert list(inputs["sha256"]) == [record.sha256 for record in observed.records]
    with opened(made) as hdus:
        box = box_of(hdus["SCI"].header, observed.records[0])
    pixels = [int((wgt[box] > 0).sum()) for wgt in observed.wgt]
    assert list(inputs["pixels"]) == pixels
    assert len(set(pixels) | {1600}) > 1
    means = [wgt[box].sum() / n for wgt, n in zip(observed.wgt, pixels, strict=True)]
    np.testing.assert_allclose(inputs["mean_weight"], means, rtol=1e-6)


def test_what_no_map_has_observed_is_nan_without_weight(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    for number in range(2):
        (tmp_path / observed.records[number].path).unlink()
        observed.wgt[number][40:44, 60:64] = 0
        observed.records[number] = observed.written(
            number, observed.sci[number], observed.wgt[number]
        )
    with opened(run_request(observed, coadd_request(observed))) as hdus:
        holes = hdus["WGT"].data == 0
        assert holes.sum() == 16
        assert (np.isnan(hdus["SCI"].data) == holes).all()
        assert hdus["SCI"].header["COVERED"] == 1 - 16 / 1600


def test_statuses_stay_those_of_the_stamps_and_what_nothing_overlaps_has_no_file(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 2)
    dark = observed.written(5, observed.sci[0], np.zeros(SHAPE))
    coadd = replace(dark, map_id="tagged", tag="yearly", date_beg=None, date_end=None)
    asked = coadd_request(observed, MIDDLE, (900.0, 40.0), products=("fits", "coadd"))
    made = run_request(observed, asked, maps=[*observed.records, dark, coadd])
    ends = [(outcome.status, outcome.coadd is not None) for outcome in made.outcomes]
    assert ends == [("partial", True)] * 2 + [("no-data", False)] * 2 + [("outside", False)] * 4
    stamps = {outcome.file for outcome in made.outcomes[:2]}
    assert made.files.keys() == {"request.json", NAME, *stamps}


def test_a_map_that_cannot_be_read_is_missing_in_the_coadd_which_says_so(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    file = tmp_path / observed.records[1].path
    file.write_bytes(file.read_bytes()[:9000])
    made = run_request(observed, coadd_request(observed))
    assert [outcome.status for outcome in made.outcomes] == ["partial", "failed", "partial"]
    with opened(made) as hdus:
        assert (hdus["SCI"].header["NCOADD"], hdus["SCI"].header["NFAILED"]) == (2, 1)
        box = box_of(hdus["SCI"].header, observed.records[0])
        np.testing.assert_allclose(hdus["WGT"].data, observed.mean([0, 2], box)[1], rtol=3e-7)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"wgt_hdu": None}, "no weights"), ({"cards": True}, "multiplied by their weights")],
)
def test_maps_that_cannot_be_weighted_fail_with_the_reason(
    tmp_path: Path, facts: dict[str, Any], reason: str
) -> None:
    observed = Observations(tmp_path, 2)
    if facts.pop("cards", False):
        cards = [("WEIGHTED", True, "")]
        odd = make_map(tmp_path, "odd", shape=SHAPE, wcs=wcs_cards(SHAPE), cards=cards)
    else:
        odd = replace(observed.records[1], map_id="odd", **facts)
    made = run_request(observed, coadd_request(observed), maps=[observed.records[0], odd])
    assert [outcome.status for outcome in made.outcomes] == ["partial", "failed"]
    assert reason in str(made.outcomes[1].reason)
    with opened(made) as hdus:
        assert hdus["SCI"].header["NCOADD"] == 1


def test_however_work_is_divided_each_target_has_all_its_maps_in_one_part_and_the_same_bytes(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 4)
    places = [(25.0 + 8 * n, 30.0 + 17 * (n % 2)) for n in range(9)]
    asked = coadd_request(observed, *places, products=("fits", "preview", "coadd"))
    whole, divided = run_request(observed, asked), run_request(observed, asked, part_cost_s=0.0)
    assert len(whole.packs) == 1
    assert whole.files == divided.files
    assert whole.outcomes == divided.outcomes


def test_parts_end_when_they_gather_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.cutouts.plan.gathered_bins._MAX_PIXELS", 4000)
    observed = Observations(tmp_path, 3)
    places = [(25.0 + 8 * n, 30.0 + 17 * (n % 2)) for n in range(5)]
    asked = coadd_request(observed, *places)
    divided = run_request(observed, asked)
    # Two stamps of 1,600 pixels in each.
    assert len(divided.packs) == 1 + 3
    monkeypatch.undo()
    assert run_request(observed, asked).files == divided.files


def test_tan_stamps_of_several_grids_are_added_on_the_grid_of_the_stamp(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    other = wcs_cards(SHAPE, crpix=(58.37, 41.81))
    sci, wgt = np.full(SHAPE, SKY), np.full(SHAPE, 3.0)
    observed.records.append(
        known_map(tmp_path, sci, wgt, "2000_90GHz_fltd", other, obsid="2000",
                  date_beg="2019-04-01T06:00:00", date_end=None)
    )  # fmt: skip
    asked = coadd_request(observed, products=("fits", "coadd"), projection=Projection.TAN)
    made = run_request(observed, asked)
    total = weight = np.zeros((40, 40))
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            seen = np.isfinite(stamp["SCI"].data) & (stamp["WGT"].data > 0)
            w = np.where(seen, stamp["WGT"].data, 0).astype("f8")
            total = total + w * np.where(seen, stamp["SCI"].data, 0)
            weight = weight + w
    with opened(made) as hdus:
        assert hdus["SCI"].header["NCOADD"] == 3
        assert hdus["WGT"].header["WGTCORR"]
        np.testing.assert_allclose(hdus["SCI"].data, total / weight, rtol=3e-7)
        np.testing.assert_allclose(hdus["WGT"].data, weight, rtol=3e-7)


def test_native_stamps_are_added_where_grids_differ_by_whole_pixels_only(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 1)
    whole = wcs_cards(SHAPE, crpix=(SHAPE[1] / 2 + 0.5 - 7, SHAPE[0] / 2 + 0.5 + 3))
    apart = wcs_cards(SHAPE, crpix=(SHAPE[1] / 2 + 0.7, SHAPE[0] / 2 + 0.5))
    for number, grid in enumerate((whole, apart)):
        observed.records.append(
            known_map(tmp_path, np.full(SHAPE, 1.0), np.ones(SHAPE), f"{2000 + number}", grid,
                      obsid=str(2000 + number), date_beg="2019-04-01T06:00:00", date_end=None)
        )  # fmt: skip
    made = run_request(observed, coadd_request(observed))
    second = NAME.replace("coadd", "coadd2")
    assert [outcome.coadd for outcome in made.outcomes] == [NAME, NAME, second]
    with opened(made) as hdus:
        box = box_of(hdus["SCI"].header, observed.records[0])
        w = observed.wgt[0][box]
        np.testing.assert_allclose(hdus["SCI"].data, (w * observed.sci[0][box] + 1) / (w + 1), 3e-7)
    with opened(made, second) as hdus:
        assert (hdus["SCI"].data == 1).all()


def test_units_are_not_mixed_and_noise_is_that_of_the_coadd(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    observed.records[2] = replace(observed.records[2], unit="mK", weight_unit="mK-2")
    made = run_request(observed, coadd_request(observed, noise=True))
    second = NAME.replace("coadd", "coadd2")
    assert [outcome.coadd for outcome in made.outcomes] == [NAME, NAME, second]
    with opened(made) as hdus, opened(made, second) as others:
        assert hdus["SCI"].header["BUNIT"] == "mJy"
        assert others["SCI"].header["BUNIT"] == "mK"
        depth = 1 / np.sqrt(np.median(hdus["WGT"].data))
        assert hdus["SCI"].header["WGTDEPTH"] == pytest.approx(depth, rel=1e-4)


def test_any_number_of_observations_takes_the_memory_of_a_few_stamps(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=SHAPE)
    target = PartTarget(0, "t0", 0.0, -57.5, 10.0, 10.0, "t0")
    random, coadds = np.random.default_rng(1), Coadds(lambda _: True)

    def add(number: int) -> None:
        sci = random.normal(size=(120, 120)).astype("f4")
        each = replace(record, map_id=str(number))
        coadds.add(target, each, Stamp(sci, np.ones_like(sci), {}, 1.0, 1.0, 0.0))

    add(0)
    tracemalloc.start()
    for number in range(1, scaled(300, 5000)):
        add(number)
    left, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Of each observation its record is kept, none of its 115,200 bytes of pixels.
    assert left < 2500 * number
    assert peak - left < 20 * sci_bytes()
    (found,) = coadds
    assert (found[0].weight == number + 1).all()


def sci_bytes() -> int:
    return 120 * 120 * 4


def test_as_many_files_are_forecast_as_are_made(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    footprint = ((359.0, -58.5), (1.0, -58.5), (1.0, -56.5), (359.0, -56.5))
    maps = [replace(record, footprint=(footprint,)) for record in observed.records]
    asked = coadd_request(observed, MIDDLE, (30.0, 40.0), products=("fits", "coadd"))
    forecast = estimate_of(asked, maps, coverage_of(asked, maps))
    made = run_request(observed, asked)
    assert forecast.files == len(made.files) - 1 == 2 * 3 + 2
    size = sum(map(len, made.files.values()))
    assert forecast.size_bytes == pytest.approx(size, rel=0.3)


def test_without_its_table_a_coadd_is_a_map_to_spt3g(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    spt3g_maps = pytest.importorskip("spt3g.maps")
    with opened(run_request(observed, coadd_request(observed))) as hdus:
        values = hdus["SCI"].data
        fits.HDUList(hdus[:2]).writeto(tmp_path / "two.fits")
    loaded = spt3g_maps.fitsio.load_skymap_fits(str(tmp_path / "two.fits"))
    np.testing.assert_array_equal(np.asarray(loaded["T"]), values)


def test_a_job_of_which_nothing_overlaps_ends_without_a_coadd(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    made = run_request(observed, coadd_request(observed, (900.0, 40.0)))
    assert [outcome.status for outcome in made.outcomes] == ["outside"] * 2
    assert made.files.keys() == {"request.json"}


def test_a_job_of_many_observations_keeps_of_each_what_the_plan_says_of_it(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE))
    target = targets_at(record, MIDDLE)
    kind: dict[str, Any] = {"products": ("coadd",), "date_start": date(2019, 1, 1)}
    peaks = []
    # What is loaded and kept once comes before.
    counts = (10, 20, scaled(80, 1000))
    for count in counts:
        maps = [replace(record, map_id=f"{n}_90GHz_psth", obsid=str(n)) for n in range(count)]
        tracemalloc.start()
        made = make(tmp_path / str(count), tmp_path, CutoutRequest(target, **kind), maps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert {outcome.coadd for outcome in made.outcomes} == {NAME.replace("fltd", "psth")}
    # Its record, its line in the plan, its outcome, its row of inputs; its pixels are 12,800 bytes.
    assert (peaks[2] - peaks[1]) / (counts[2] - counts[1]) < 12_000
