"""Maps that broke after they were catalogued, among those that one file gathers."""

import io
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.packs.records import Outcome
from sptjobs.uws.pair_status import Status
from tests.fuzz.maps.mutator import broken
from tests.fuzz.maps.test_broken_under_way import REQUEST, SEED, Site
from tests.fuzz.maps.whole import WholeMap
from tests.support.cutting import Made, make
from tests.support.scale import scaled

COUNT = scaled(48, 2000)
SLICE = 12
"""Broken maps of one job."""

PRODUCTS = ("coadd", "difference", "stack", "cube", "animation", "fits")

pytestmark = pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")

Planes = tuple[NDArray[Any], NDArray[Any]]


def mean_of(members: list[Planes]) -> Planes:
    """Weighted mean of some stamps, and the sum of their weights."""
    weight = np.sum([wgt.astype("f8") for _, wgt in members], axis=0)
    total = np.sum([np.where(wgt > 0, sci * wgt.astype("f8"), 0) for sci, wgt in members], axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan), weight


def opened(made: Made, name: str | None) -> fits.HDUList:
    assert name is not None
    return fits.open(io.BytesIO(made.files[name]), checksum=True)


def check_statuses(rows: list[Outcome], broken_ones: dict[str, WholeMap]) -> None:
    for row in rows:
        assert row.obsid in broken_ones or row.status == Status.OK, row
        assert "while cutting" not in str(row.reason), row
        if row.status == Status.FAILED:
            made = (row.coadd, row.difference, row.stack, row.cube, row.animation, row.file)
            assert set(made) == {None}, row
            assert row.reason, row


@pytest.mark.parametrize("first", range(0, COUNT, SLICE))
def test_gathered_files_are_made_of_the_maps_that_could_be_read_and_of_no_wrong_pixel(
    tmp_path: Path, maps: list[WholeMap], first: int
) -> None:
    site = Site(tmp_path / "archive", maps)
    chance = random.Random(f"{SEED} members {first}")
    names, records = {}, []
    for number in range(len(maps) + SLICE):
        whole = maps[number % len(maps)]
        record = site.add(f"{300_000_000 + number}", whole, summed=True)
        names[record.obsid] = whole
        records.append(record)
    spoilt = {}
    for record in records[len(maps) :]:
        whole = spoilt[record.obsid] = names[record.obsid]
        site.spoil(chance, record, broken(chance, [whole]))
    request = replace(REQUEST, products=PRODUCTS)
    made = make(tmp_path / "job", site.folder, request, records)
    check_statuses(made.outcomes, spoilt)
    for target in REQUEST.targets:
        rows = [row for row in made.outcomes if row.objid == target.objid]
        read = [row for row in rows if row.status == Status.OK]
        planes = [site.planes[names[row.obsid].name, row.objid] for row in read]
        (coadd,) = {row.coadd for row in read}
        (cube,) = {row.cube for row in read}
        with opened(made, coadd) as hdus, opened(made, cube) as stacked:
            for hdu, expected in zip(("SCI", "WGT"), mean_of(planes), strict=True):
                np.testing.assert_allclose(hdus[hdu].data, expected, rtol=2e-6)
            assert [str(each) for each in stacked["EPOCHS"].data["obsid"]] == sorted(
                row.obsid for row in read
            )
            by_obsid = dict(zip([row.obsid for row in read], planes, strict=True))
            for plane, obsid in enumerate(sorted(by_obsid)):
                sci, wgt = by_obsid[obsid]
                np.testing.assert_array_equal(stacked["WGT"].data[plane], wgt)
                seen = np.where(wgt > 0, sci, np.nan)
                np.testing.assert_array_equal(stacked["SCI"].data[plane], seen)
