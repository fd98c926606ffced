"""Cubes against observations whose pixels the tests chose."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made
from tests.support.known_maps import known_map
from tests.support.observations import (
    MIDDLE,
    SHAPE,
    Observations,
    box_of,
    coadd_request,
    opened,
    run_request,
)
from tests.support.small_maps import wcs_cards

NAME = "t0/t0_cube_90GHz_fltd.fits"


def cube_request(
    observed: Observations, *places: tuple[float, float], **kind: Any
) -> CutoutRequest:
    return coadd_request(observed, *places, **({"products": ("cube",)} | kind))


def cubes(observed: Observations, **how: Any) -> Made:
    return run_request(observed, cube_request(observed), **how)


def test_each_plane_is_the_map_of_its_observation_in_order_of_time(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 4)
    made = cubes(observed, maps=[observed.records[n] for n in (2, 0, 3, 1)])
    assert [outcome.cube for outcome in made.outcomes] == [NAME] * 4
    with opened(made, NAME) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "WGT", "EPOCHS"]
        box = box_of(hdus["SCI"].header, observed.records[0])
        for plane in range(4):
            own = observed.wgt[plane][box]
            np.testing.assert_array_equal(hdus["WGT"].data[plane], own)
            sci = np.where(own > 0, observed.sci[plane][box], np.nan)
            np.testing.assert_array_equal(hdus["SCI"].data[plane], sci)
        assert np.isnan(hdus["SCI"].data).any()
        header = hdus["SCI"].header
        assert header["NEPOCH"] == 4
        assert (header["BUNIT"], hdus["WGT"].header["BUNIT"]) == ("mJy", "mJy-2")
        assert header["DATE-BEG"] == "2019-03-01T06:00:00"
        assert header["DATE-END"] == "2019-03-04T08:00:00"
        seen = np.array([wgt[box] > 0 for wgt in observed.wgt])
        assert header["COVERED"] == pytest.approx(seen.mean())


def test_the_table_tells_of_each_plane_which_observation_it_is_and_when(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    made = cubes(observed, maps=observed.records[::-1])
    table = Table.read(io.BytesIO(made.files[NAME]), hdu="EPOCHS")
    assert list(table["obsid"]) == ["1000", "1001", "1002"]
    assert list(table["sha256"]) == [record.sha256 for record in observed.records]
    # 1 March 2019 is MJD 58543.
    np.testing.assert_allclose(table["mjd_beg"], [58543.25, 58544.25, 58545.25])
    np.testing.assert_allclose(table["mjd_end"] - table["mjd_beg"], 1 / 12)
    assert str(table["mjd_beg"].unit) == "d"
    with opened(made, NAME) as hdus:
        assert list(table["pixels"]) == [int((wgt > 0).sum()) for wgt in hdus["WGT"].data]


@pytest.mark.parametrize("projection", list(Projection))
def test_a_plane_has_the_wcs_and_the_pixels_of_its_own_stamp(
    tmp_path: Path, projection: Projection
) -> None:
    observed = Observations(tmp_path, 3)
    asked = cube_request(observed, products=("fits", "cube"), projection=projection)
    made = run_request(observed, asked)
    with opened(made, NAME) as hdus:
        wcs = WCS(hdus["SCI"].header)
        assert list(wcs.wcs.ctype)[2] == "EPOCH"
        for number, outcome in enumerate(made.outcomes):
            with made.stamp(outcome) as stamp:
                seen = (stamp["WGT"].data > 0) & np.isfinite(stamp["SCI"].data)
                found = hdus["SCI"].data[number]
                np.testing.assert_array_equal(np.isfinite(found), seen)
                np.testing.assert_array_equal(found[seen], stamp["SCI"].data[seen])
                places = ([3.0, 17.5], [8.0, 22.25])
                own = WCS(stamp["SCI"].header).wcs_pix2world(*places, 1)
                cube = wcs.wcs_pix2world(*places, [number + 1.0] * 2, 1)
                np.testing.assert_allclose(cube[:2], own, atol=1e-9)
                np.testing.assert_allclose(cube[2], number + 1)
                for name in ("TARG_RA", "TARG_X", "TARG_Y", "NORTH_PA", "OBJECT"):
                    assert hdus["SCI"].header[name] == stamp["SCI"].header[name]


def test_observations_of_other_units_and_grids_have_cubes_of_their_own(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    observed.records[1] = replace(observed.records[1], unit="mK", weight_unit="mK-2")
    apart = wcs_cards(SHAPE, crpix=(SHAPE[1] / 2 + 0.7, SHAPE[0] / 2 + 0.5))
    odd = known_map(tmp_path, np.full(SHAPE, 1.0), np.ones(SHAPE), "2000", apart,
                    obsid="2000", date_beg="2019-04-01T06:00:00", date_end=None)  # fmt: skip
    made = cubes(observed, maps=[*observed.records, odd])
    second, third = (NAME.replace("cube", f"cube{n}") for n in (2, 3))
    assert [outcome.cube for outcome in made.outcomes] == [NAME, second, NAME, third]
    with opened(made, NAME) as hdus, opened(made, second) as others:
        assert hdus["SCI"].data.shape == (2, 40, 40)
        assert others["SCI"].header["BUNIT"] == "mK"
    with opened(made, third) as hdus:
        assert np.isnan(hdus["EPOCHS"].data["mjd_end"][0])


def test_a_cube_that_is_full_is_written_and_another_one_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.cutouts.epochs.epochs._MAX_PIXELS", 2 * 1600 + 1)
    observed = Observations(tmp_path, 5)
    made = cubes(observed)
    names = [NAME, NAME.replace("cube", "cube2"), NAME.replace("cube", "cube3")]
    assert [outcome.cube for outcome in made.outcomes] == [
        names[0], names[0], names[1], names[1], names[2],
    ]  # fmt: skip
    found = []
    for name in names:
        table = Table.read(io.BytesIO(made.files[name]), hdu="EPOCHS")
        with opened(made, name) as hdus:
            assert len(hdus["SCI"].data) == len(table)
        found += list(table["obsid"])
    assert found == ["1000", "1001", "1002", "1003", "1004"]


def test_an_observation_that_cannot_be_read_is_missing_from_the_cube(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    file = tmp_path / observed.records[1].path
    file.write_bytes(file.read_bytes()[:9000])
    made = cubes(observed)
    assert [outcome.status for outcome in made.outcomes] == ["partial", "failed", "partial"]
    assert [outcome.cube for outcome in made.outcomes] == [NAME, None, NAME]
    assert list(Table.read(io.BytesIO(made.files[NAME]), hdu="EPOCHS")["obsid"]) == ["1000", "1002"]


def test_maps_without_weights_fail_with_the_reason(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    odd = replace(observed.records[1], wgt_hdu=None)
    made = cubes(observed, maps=[observed.records[0], odd])
    assert [outcome.status for outcome in made.outcomes] == ["partial", "failed"]
    assert "no weights" in str(made.outcomes[1].reason)


def test_however_work_is_divided_cubes_and_animations_have_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observed = Observations(tmp_path, 4)
    places = [(25.0 + 8 * n, 30.0 + 17 * (n % 2)) for n in range(5)]
    asked = cube_request(observed, *places, products=("cube", "animation"))
    whole = run_request(observed, asked)
    monkeypatch.setattr("sptjobs.cutouts.plan.gathered_bins._MAX_PIXELS", 8 * 1600)
    divided = run_request(observed, asked)
    assert len(whole.packs) < len(divided.packs)
    assert whole.files == divided.files
    assert whole.outcomes == divided.outcomes


def test_parts_end_when_they_keep_too_many_stamps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.cutouts.plan.gathered_bins._MAX_PIXELS", 3 * 1600)
    observed = Observations(tmp_path, 3)
    places = [(25.0 + 8 * n, 30.0 + 17 * (n % 2)) for n in range(3)]
    # Sums of three targets fit into a part; of stamps that are kept those of one.
    assert len(run_request(observed, coadd_request(observed, *places)).packs) == 1
    assert len(run_request(observed, cube_request(observed, *places)).packs) == 1 + 3


def test_as_many_files_are_forecast_as_are_made(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 6)
    footprint = ((359.0, -58.5), (1.0, -58.5), (1.0, -56.5), (359.0, -56.5))
    maps = [replace(record, footprint=(footprint,)) for record in observed.records]
    asked = cube_request(observed, MIDDLE, (30.0, 40.0), products=("cube", "animation"))
    forecast = estimate_of(asked, maps, coverage_of(asked, maps))
    made = run_request(observed, asked)
    assert forecast.files == len(made.files) - 1 == 2 * 2
    size = sum(map(len, made.files.values()))
    assert forecast.size_bytes == pytest.approx(size, rel=0.5)


def test_a_job_of_which_nothing_overlaps_ends_without_a_cube(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    made = run_request(observed, cube_request(observed, (900.0, 40.0)))
    assert made.files.keys() == {"request.json"}


def test_a_difference_of_planes_shows_what_has_changed_and_nothing_else(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 0)
    for number in range(2):
        sci = np.full(SHAPE, 12.5)
        sci[40, 60] += 50.0 * number
        observed.records.append(observed.written(number, sci, np.ones(SHAPE)))
    with opened(cubes(observed), NAME) as hdus:
        change = hdus["SCI"].data[1] - hdus["SCI"].data[0]
        box = box_of(hdus["SCI"].header, observed.records[0])
    (changed,) = np.argwhere(change).tolist()
    assert [changed[0] + box[0].start, changed[1] + box[1].start] == [40, 60]


def test_fits_readers_find_a_cube_with_its_axis(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    with fits.open(io.BytesIO(cubes(observed).files[NAME])) as hdus:
        hdus.verify("exception")
        assert WCS(hdus[0].header).naxis == 3
        assert WCS(hdus[0].header).celestial.naxis == 2
