"""Mosaics of tapered subfields whose sky, weights and places the tests chose."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from reproject import reproject_interp

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made, make
from tests.support.fields import SEAM, TAG, tapered, tapered_field, two_fields
from tests.support.known_maps import targets_at
from tests.support.observations import SHAPE, SKY, Pixels, box_of, opened
from tests.support.small_maps import wcs_cards

NAME = f"t0/t0_mosaic_90GHz_{TAG}_fltd.fits"


def mosaics(folder: Path, maps: list[MapRecord], **kind: Any) -> Made:
    stated: dict[str, Any] = {"bands": ("90GHz",), "coadds": (TAG,), "products": ("mosaic",)}
    request = CutoutRequest(targets_at(maps[0], SEAM, size=20.0), **(stated | kind))
    return make(folder / f"job{len(list(folder.glob('job*')))}", folder, request, maps)


def planes(folder: Path, record: MapRecord) -> tuple[Pixels, Pixels]:
    with fits.open(folder / record.path) as hdus:
        return hdus["SCI"].data.astype("f8"), hdus["WGT"].data.astype("f8")


def test_fields_on_grids_whole_pixels_apart_are_added_by_weights_pixel_by_pixel(
    tmp_path: Path,
) -> None:
    maps = two_fields(tmp_path)
    made = mosaics(tmp_path, maps)
    assert [outcome.mosaic for outcome in made.outcomes] == [NAME, NAME]
    total, weight = np.zeros((80, 80)), np.zeros((80, 80))
    with opened(made, NAME) as hdus:
        sci, wgt, header = hdus["SCI"].data, hdus["WGT"].data, hdus["SCI"].header
    for record in maps:
        values, weights = planes(tmp_path, record)
        rows, columns = box_of(header, record)
        for row in range(80):
            for column in range(80):
                y, x = rows.start + row, columns.start + column
                if 0 <= y < SHAPE[0] and 0 <= x < SHAPE[1]:
                    total[row, column] += weights[y, x] * values[y, x]
                    weight[row, column] += weights[y, x]
    seen = weight > 0
    assert (np.isfinite(sci) == seen).all()
    np.testing.assert_allclose(wgt, weight, rtol=3e-7)
    np.testing.assert_allclose(sci[seen], (total / np.where(seen, weight, 1))[seen], rtol=3e-7)
    assert (header["NCOADD"], header["OBSID"], header["FILETYPE"]) == (2, TAG, "filtered")


def test_a_constant_sky_has_no_seam_and_the_pull_is_that_of_a_normal_deviate(
    tmp_path: Path,
) -> None:
    with opened(mosaics(tmp_path, two_fields(tmp_path)), NAME) as hdus:
        sci, wgt = hdus["SCI"].data.astype("f8"), hdus["WGT"].data.astype("f8")
    seen = wgt > 0
    pull = (sci - SKY) * np.sqrt(wgt)
    count = int(seen.sum())
    assert count > 5000
    assert abs(pull[seen].mean()) < 4.5 / np.sqrt(count)
    assert abs(pull[seen].std() - 1) < 4.5 / np.sqrt(2 * count)
    for columns in (slice(0, 30), slice(30, 50), slice(50, 80)):
        part = pull[:, columns][seen[:, columns]]
        assert abs(part.mean()) < 4.5 / np.sqrt(part.size)


def test_a_mosaic_covers_what_no_field_covers_alone(tmp_path: Path) -> None:
    maps = two_fields(tmp_path, shift=110.0)
    made = mosaics(tmp_path, maps, products=("fits", "mosaic"))
    with opened(made, NAME) as hdus:
        covered = hdus["SCI"].header["COVERED"]
    alone = [outcome.covered or 0.0 for outcome in made.outcomes]
    assert max(alone) < 0.6
    assert covered > 0.95


def test_on_other_grids_it_is_the_mean_of_what_reproject_makes_of_each_field(
    tmp_path: Path,
) -> None:
    maps = [
        tapered_field(tmp_path, "a", tapered(2.0, 1.0), wcs_cards(SHAPE), 1),
        tapered_field(tmp_path, "b", tapered(1.0, 3.0), wcs_cards(SHAPE, crval=(359.5, -57.4)), 2),
    ]
    kind = {"projection": Projection.TAN}
    made = mosaics(tmp_path, maps, **kind)
    with opened(made, NAME) as hdus:
        header, sci, wgt = hdus["SCI"].header, hdus["SCI"].data, hdus["WGT"].data
    grid = WCS(header)
    total, sums = np.zeros(sci.shape), np.zeros(sci.shape)
    for record in maps:
        values, weights = planes(tmp_path, record)
        values[weights == 0] = np.nan
        own = WCS(fits.Header(record.wcs))
        value = reproject_interp((values, own), grid, sci.shape, return_footprint=False)
        weight = reproject_interp(
            (weights, own), grid, sci.shape, order="nearest-neighbor", return_footprint=False
        )
        usable = np.isfinite(value) & (np.nan_to_num(weight) > 0)
        total[usable] += (weight * value)[usable]
        sums[usable] += weight[usable]
    seen = sums > 0
    assert seen.sum() > 4000
    assert ((wgt > 0) == seen).all()
    np.testing.assert_allclose(wgt[seen], sums[seen], rtol=1e-5)
    np.testing.assert_allclose(sci[seen], (total / np.where(seen, sums, 1))[seen], atol=3e-5)
    assert header["CTYPE1"] == "RA---TAN"


def test_native_stamps_of_other_grids_are_mosaics_of_their_own(tmp_path: Path) -> None:
    maps = two_fields(tmp_path, shift=80.3)
    made = mosaics(tmp_path, maps)
    names = [outcome.mosaic for outcome in made.outcomes]
    assert names == [NAME, NAME.replace("mosaic", "mosaic2")]
    for name in names:
        with opened(made, str(name)) as hdus:
            assert hdus["SCI"].header["NCOADD"] == 1


def test_tags_kinds_and_observations_are_not_mixed(tmp_path: Path) -> None:
    maps = two_fields(tmp_path)
    maps[1] = replace(maps[1], tag="yearly_2019", obsid="yearly_2019")
    single = replace(maps[1], map_id="1000", tag=None, obsid="1000", date_beg="2019-03-01T00:00:00")
    made = mosaics(tmp_path, [*maps, single])
    other = NAME.replace("2020", "2019")
    assert [outcome.mosaic for outcome in made.outcomes] == [NAME, other, None]
    assert made.files.keys() == {"request.json", NAME, other}


def test_a_field_that_cannot_be_read_is_missing_and_the_mosaic_says_so(tmp_path: Path) -> None:
    maps = two_fields(tmp_path)
    (tmp_path / maps[1].path).write_bytes(b"")
    made = mosaics(tmp_path, maps)
    assert [outcome.status for outcome in made.outcomes] == ["partial", "failed"]
    with opened(made, NAME) as hdus:
        assert (hdus["SCI"].header["NCOADD"], hdus["SCI"].header["NFAILED"]) == (1, 1)


@pytest.mark.parametrize("part_cost_s", [0.0, 1e9])
def test_however_work_is_divided_mosaics_have_the_same_bytes(
    tmp_path: Path, part_cost_s: float
) -> None:
    maps = two_fields(tmp_path)
    places = [(60.0 + 10 * n, 30.0 + 3 * n) for n in range(6)]
    request = CutoutRequest(
        targets_at(maps[0], *places), bands=("90GHz",), coadds=(TAG,), products=("fits", "mosaic")
    )
    whole = make(tmp_path / "whole", tmp_path, request, maps)
    divided = make(tmp_path / "divided", tmp_path, request, maps, part_cost_s)
    assert whole.files == divided.files
    assert whole.outcomes == divided.outcomes
