"""Maps of other observatories through the whole service, by ten lines of ``collection.toml``."""

import io
import tarfile
from collections.abc import Iterator

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.stack.running import running_stack
from tests.support.foreign_maps import PLACES, write_foreign_maps
from tests.support.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    archive = tmp_path_factory.mktemp("other observatories")
    write_foreign_maps(archive)
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
