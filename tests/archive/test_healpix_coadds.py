"""Simulated HEALPix coadds: other programs read them, and they show the sky of the flat ones."""

import shutil
from pathlib import Path

import healpy
import numpy as np
import pytest
from scipy.stats import pearsonr
from spt3g import maps

from sptjobs.archive.scan import scan
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order, Projection
from sptjobs.simulation.healpix_coadds import HEALPIX_TAG, write_healpix_coadds
from sptjobs.simulation.simulated_maps import make_survey
from tests.support.cutting import make
from tests.support.small_maps import request_for

NSIDE = 2048
"""healpy makes a map of the whole sky of every file."""


@pytest.fixture(scope="module")
def archive(tiny_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healpix")
    for path in [*tiny_archive.rglob("*_tonly_psth.fits"), tiny_archive / "collection.toml"]:
        copy = folder / path.relative_to(tiny_archive)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    assert len(list(write_healpix_coadds(folder, make_survey("tiny"), NSIDE))) == 3
    return folder


@pytest.fixture(scope="module")
def records(archive: Path) -> dict[str | None, MapRecord]:
    found = [item for item in scan(archive, {}) if isinstance(item, MapRecord)]
    return {r.tag: r for r in found if (r.band, r.filetype) == ("150GHz", "passthrough")}


def test_they_are_catalogued_with_the_sky_that_the_flat_ones_cover(
    records: dict[str | None, MapRecord],
) -> None:
    record = records[HEALPIX_TAG]
    assert (record.format, record.projection, record.unit) == ("healpix", "HEALPIX", "mK")
    assert (record.wcs["NSIDE"], record.wcs["SORTED"]) == (NSIDE, True)
    assert record.moc


def test_healpy_and_spt3g_read_them(archive: Path, records: dict[str | None, MapRecord]) -> None:
    path = archive / records[HEALPIX_TAG].path
    values, header = healpy.read_map(path, partial=True, nest=True, h=True)
    assert dict(header)["COORDSYS"] == "C"
    assert int((values != healpy.UNSEEN).sum()) == records[HEALPIX_TAG].shape[1]
    assert dict(header)["NSIDE"] == NSIDE
    read = maps.fitsio.load_skymap_fits(str(path))
    assert (read["T"].nside, read["T"].nested) == (NSIDE, True)


def test_their_stamps_show_the_sky_of_the_flat_ones(
    archive: Path, records: dict[str | None, MapRecord], tmp_path: Path
) -> None:
    both = [records[HEALPIX_TAG], records["yearly_winter_2020"]]
    request = request_for(
        [(0.2499, -57.8066)],
        20,
        projection=Projection.TAN,
        pixel_scale=0.25,
        order=Order.NEAREST,
        bands=("150GHz",),
    )
    made = make(tmp_path / "job", archive, request, both)
    assert [outcome.status for outcome in made.outcomes] == ["ok", "ok"]
    planes = []
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            planes.append(np.array(stamp["SCI"].data, np.float64).ravel())
    # Its pixels are seven times as wide.
    numbered, flat = planes
    assert pearsonr(numbered, flat).statistic > 0.7
