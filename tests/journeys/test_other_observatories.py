"""Maps of other observatories through the whole service, by ten lines of ``collection.toml``."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvo
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy_healpix import HEALPix

from sptjobs.stack.running import running_stack
from tests.support.foreign_maps import PLACES, write_foreign_maps
from tests.support.healpix_maps import cap, write_healpix
from tests.support.polarised_flat import ANGLE_DEG, DEGREE, rotated, write_polarised_flat
from tests.support.service import Service, made_archive

NSIDE, HEALPIX_PLACE = 1024, (210.0, 33.0)
POLARISED_CARDS = rotated(34.0)
SIGMA, WEIGHT = 0.06, 400.0
"""Noise of the HEALPix map, which is 1.2 times what its weights promise."""


def write_healpix_map(folder: Path) -> None:
    """Write a galactic HEALPix map of a part of the sky, stored as RING, with a smooth sky."""
    folder.mkdir()
    place = SkyCoord(*HEALPIX_PLACE, unit="deg").galactic
    pixels = cap(NSIDE, place.l.deg, place.b.deg, 4.0)
    noise = np.random.default_rng(8).normal(0, SIGMA, len(pixels))
    columns = {"T": noise, "TT": np.full(len(pixels), WEIGHT)}
    cards = {"COORDSYS": "G", "OBS-ID": "healpix", "BAND": "f090", "FILETYPE": "coadd"}
    write_healpix(folder / "map.fits", NSIDE, columns, pixels=pixels, cards=cards)
    (folder / "collection.toml").write_text(
        'name = "healpix"\n[[map]]\nfiles = "*"\nunit = "uK"\nweight_unit = "uK-2"\n'
    )


def write_polarised_map(folder: Path) -> None:
    """Write a flat map of T, Q and U by COSMO, of a sky polarised alike everywhere."""
    folder.mkdir()
    write_polarised_flat(folder / "iqu.fits", POLARISED_CARDS, convention="COSMO")
    (folder / "collection.toml").write_text(
        'name = "iqu"\n[[map]]\nfiles = "*"\nband = "f090"\nfiletype = "coadd"\ntag = "iqu"\n'
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    archive = tmp_path_factory.mktemp("other observatories")
    write_foreign_maps(archive)
    write_healpix_map(archive / "healpix")
    write_polarised_map(archive / "iqu")
    with running_stack(tmp_path_factory.mktemp("stack"), {"SPT_ARCHIVE": str(archive)}) as stack:
        yield Service.of(stack)


def test_the_vocabulary_and_the_summary_have_the_sites_bands_and_kinds(service: Service) -> None:
    offered = service.get(f"{service.stack.url}/api/v1/cutout/vocabulary").json()
    assert [each["name"] for each in offered["bands"]] == ["r", "f090", "150GHz"]
    assert [each["name"] for each in offered["filetypes"]] == ["image", "coadd"]
    summary = service.get(f"{service.stack.url}/api/v1/maps/summary").json()
    assert {group["band"] for group in summary["groups"]} == {"r", "f090", "150GHz"}


def test_stamps_of_each_are_those_of_its_map_and_say_what_they_have(service: Service) -> None:
    positions = [
        {"ra": ra, "dec": dec, "objid": name, "xsize": 3, "ysize": 3}
        for name, (ra, dec) in PLACES.items()
    ]
    url = service.create({"positions": positions, "products": ["fits", "preview"],
                          "coadd": ["deep", "dr6"]})  # fmt: skip
    job = service.wait_for(url, lambda found: found["phase"] in {"COMPLETED", "ERROR"}, 120)
    assert job["phase"] == "COMPLETED"
    packed = service.get(f"{url}/results/result").content
    with tarfile.open(fileobj=io.BytesIO(packed)) as members:
        files = {name.partition("/")[2]: members.extractfile(name) for name in members.getnames()}
        stamps = {
            name: fits.open(io.BytesIO(file.read()))
            for name, file in files.items()
            if file is not None and name.endswith(".fits")
        }
    assert set(stamps) == {"r/r_r_deep_image.fits", "f090/f090_f090_dr6_coadd.fits"}
    optical, car = stamps["r/r_r_deep_image.fits"], stamps["f090/f090_f090_dr6_coadd.fits"]
    assert [hdu.name for hdu in optical] == ["SCI"]
    assert (optical[0].header["HAS_WGT"], optical[0].header["BUNIT"]) == (False, "nJy")
    assert [hdu.name for hdu in car] == ["SCI", "WGT"]
    assert (car[0].header["CTYPE1"], car[1].header["BUNIT"]) == ("RA---CAR", "uK-2")
    assert np.isfinite(optical[0].data).all()


def test_stamps_of_a_healpix_map_have_the_pixels_that_astropy_healpix_finds(
    service: Service,
) -> None:
    ra, dec = HEALPIX_PLACE
    positions = [
        {"ra": ra, "dec": dec, "objid": "inside"},
        {"ra": ra, "dec": dec + 4.0, "objid": "edge"},
        {"ra": ra, "dec": -dec, "objid": "elsewhere"},
    ]
    how = {"size": 120, "order": "nearest", "projection": "TAN", "noise": True}
    asked = {"positions": positions, "coadd": ["healpix"], "products": ["fits", "preview"]}
    url = service.create(asked | how)
    assert service.wait_final(url)["phase"] == "COMPLETED"
    rows = {row["objid"]: row for row in service.manifest(url)}
    assert {name: row["status"] for name, row in rows.items()} == {
        "inside": "ok", "edge": "partial", "elsewhere": "outside",
    }  # fmt: skip
    files = service.files(url)
    with fits.open(Path(made_archive(service.stack)) / "healpix" / "map.fits") as hdus:
        whole = np.full(12 * NSIDE**2, np.nan)
        whole[hdus[1].data["PIXEL"]] = hdus[1].data["T"]
    grid = HEALPix(NSIDE, order="ring", frame="galactic")
    for name in ("inside", "edge"):
        with fits.open(io.BytesIO(files[rows[name]["file"]]), checksum=True) as stamp:
            header, pixels = stamp["SCI"].header, stamp["SCI"].data
            sky = WCS(header).pixel_to_world(*np.indices(pixels.shape)[::-1])
            np.testing.assert_array_equal(pixels, whole[grid.skycoord_to_healpix(sky)])
            assert header["MAPNOISE"] == pytest.approx(SIGMA * WEIGHT**0.5, rel=0.01)
            assert header["WGTDEPTH"] == pytest.approx(SIGMA, rel=0.01)
            assert header["STAMPRMS"] == pytest.approx(SIGMA, rel=0.05)


def assert_planes(stamp: fits.HDUList) -> None:
    assert [hdu.name for hdu in stamp] == ["SCI", "WGT", "Q", "U"]
    assert [stamp[name].header["POLTYPE"] for name in ("SCI", "Q", "U")] == ["T", "Q", "U"]
    twice, middle = 2 * np.radians(ANGLE_DEG), tuple(n // 2 for n in stamp["Q"].data.shape)
    found = [float(stamp[name].data[middle]) for name in ("SCI", "Q", "U")]
    expected = [5.0, DEGREE * np.cos(twice), DEGREE * np.sin(twice)]
    assert found == pytest.approx(expected, abs=1e-4)


def test_planes_of_polarisation_are_found_and_cut_by_pol(service: Service) -> None:
    ra, dec = map(float, WCS(fits.Header(POLARISED_CARDS)).wcs_pix2world(80, 80, 0))
    sia = pyvo.dal.SIA2Service(f"{service.stack.url}/api/v1/sia", session=service.session)
    found = sia.search(pos=(ra, dec, 0.1), pol=["Q"])
    assert [(str(row["map_id"]), row["pol_states"]) for row in found] == [("iqu", "/I/Q/U/")]
    # At once, of the map that SIA found, by SODA.
    asked = {"ID": str(found[0]["obs_publisher_did"]), "CIRCLE": f"{ra} {dec} 0.05"}
    sync = f"{service.stack.url}/api/v1/cutout/sync"
    how = {"PROJECTION": "TAN", "POL": ["U", "I", "Q"]}
    response = service.session.get(sync, params={**asked, **how}, timeout=60)
    assert response.status_code == 200, response.text
    with fits.open(io.BytesIO(response.content), checksum=True) as stamp:
        assert_planes(stamp)
    response = service.session.get(sync, params={**asked, "POL": ["I", "V"]}, timeout=60)
    assert response.status_code == 400
    assert "iqu holds I, Q, U, and no V" in response.text
    # And by a job.
    target = {"ra": ra, "dec": dec, "objid": "a"}
    job = {"positions": [target], "coadd": ["iqu"], "size": 5, "projection": "TAN"}
    url = service.create(job | {"pol": ["I", "Q", "U"], "products": ["fits", "preview"]})
    assert service.wait_final(url)["phase"] == "COMPLETED"
    (row,) = service.manifest(url)
    with fits.open(io.BytesIO(service.files(url)[row["file"]]), checksum=True) as stamp:
        assert_planes(stamp)


def test_an_observation_is_named_by_its_file_and_chosen_by_its_date(service: Service) -> None:
    ra, dec = PLACES["150GHz"]
    url = service.create({"positions": [{"ra": ra, "dec": dec, "objid": "s"}], "size": 3,
                          "bands": ["150GHz"], "date_start": "2021-05-01"})  # fmt: skip
    job = service.wait_for(url, lambda found: found["phase"] in {"COMPLETED", "ERROR"}, 120)
    assert job["phase"] == "COMPLETED"
    text = service.get(f"{url}/results/manifest").text
    assert "s_150GHz_visit_1_image.fits" in text


def test_what_the_site_does_not_have_is_refused_by_what_it_has(service: Service) -> None:
    fields = {"RA": "1", "DEC": "2", "BANDS": "220GHz"}
    response = service.session.post(service.jobs, data=fields, allow_redirects=False, timeout=60)
    assert response.status_code == 400
    assert "must be one of r, f090, 150GHz" in response.text
