"""The catalogues of the simulated sky agree with its maps."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.maps.record import MapRecord
from sptjobs.request.reading_apart import provide
from sptjobs.simulation.simulated_catalogues import FOLDER_NAME
from sptjobs.sky_catalogues.catalogue_table import read_catalogue
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue
from sptjobs.target_tables.astropy_tables import load_astronomy


@pytest.fixture(autouse=True)
def _reading_process() -> Iterator[None]:
    provide(load_astronomy)
    yield
    provide(None)


def read(archive: Path, name: str) -> SkyCatalogue:
    found = read_catalogue(archive / FOLDER_NAME, name)
    assert isinstance(found, SkyCatalogue), found
    return found


@pytest.mark.parametrize(("name", "sign"), [("sources", 1), ("clusters", -1)])
def test_an_object_is_in_the_map_where_its_catalogue_says_to_a_pixel(
    tiny_archive: Path, tiny_maps: list[MapRecord], name: str, sign: int
) -> None:
    catalogue = read(tiny_archive, name)
    assert catalogue.refused == 0
    (record,) = [
        each
        for each in tiny_maps
        if (each.band, each.filetype, bool(each.tag)) == ("150GHz", "filtered", True)
    ]
    with fits.open(tiny_archive / record.path) as hdus:
        image, wcs = hdus[1].data * (hdus[2].data > 0), WCS(hdus[1].header)
    brightest = sorted(catalogue.within(None), key=lambda each: -(each.size or 0))[:3]
    found = 0
    for each in brightest:
        x, y = wcs.world_to_pixel(SkyCoord(each.ra, each.dec, unit="deg"))
        column, row = round(float(x)), round(float(y))
        part = sign * image[row - 4 : row + 5, column - 4 : column + 5]
        if part.shape != (9, 9) or not np.all(part):
            continue
        peak = np.unravel_index(np.argmax(part), part.shape)
        assert np.hypot(peak[0] - 4, peak[1] - 4) <= 1.5, each
        found += 1
    assert found


def test_the_page_of_the_sky_shows_the_clusters_at_first(tiny_archive: Path) -> None:
    clusters = read(tiny_archive, "clusters")
    assert clusters.description.shown
    assert clusters.description.title == "Simulated clusters"
    assert all(each.name.startswith("SPT-CL J") and each.size for each in clusters.within(None))
