"""TAN stamps of maps in any frame are those of resampling the whole map to ICRS."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from reproject import reproject_interp

from sptjobs.archive.scan import read_map
from sptjobs.formats.flat_sky.wcs import record_frame, record_wcs
from sptjobs.request.cutout_request import Order, Projection
from tests.support.cutting import make
from tests.support.small_maps import Cards, request_for, wcs_cards

SHAPE = (80, 110)
FRAMES: dict[str, tuple[str, str, Cards]] = {
    "galactic": ("GLON", "GLAT", {}),
    "ecliptic": ("ELON", "ELAT", {"RADESYS": "FK5", "EQUINOX": 2000.0}),
    "ecliptic of 1950": ("ELON", "ELAT", {"RADESYS": "FK5", "EQUINOX": 1950.0}),
    "FK4": ("RA--", "DEC-", {"RADESYS": "FK4", "EQUINOX": 1950.0}),
    "FK4 without E-terms": ("RA--", "DEC-", {"RADESYS": "FK4-NO-E", "EQUINOX": 1950.0}),
    "FK5 of 1975": ("RA--", "DEC-", {"RADESYS": "FK5", "EQUINOX": 1975.0}),
}
ORDERS = {
    Order.NEAREST: "nearest-neighbor",
    Order.BILINEAR: "bilinear",
    Order.BICUBIC: "bicubic",
}
PLACES = [(54.5, 39.5), (20.2, 25.7), (88.9, 60.1)]
"""Pixels of the targets on the map."""


def written(folder: Path, frame: str, projection: str) -> Path:
    """Write a map of noise in a frame, and without an unobserved pixel."""
    lon, lat, named = FRAMES[frame]
    cards = wcs_cards(SHAPE, crval=(200.0, -57.5), projection=projection)
    del cards["RADESYS"], cards["EQUINOX"]
    cards |= {"CTYPE1": f"{lon}-{projection}", "CTYPE2": f"{lat}-{projection}"} | named
    cards |= {
        "OBSID": "282023912", "BAND": "90GHz", "FILETYPE": "PSTH", "FIELD": "f",
        "DATE-BEG": "2020-03-01T01:02:03", "DATE-END": "2020-03-01T02:40:03",
    }  # fmt: skip
    noise = np.random.default_rng(1)
    planes: dict[str, Any] = {"SCI": noise.normal(size=SHAPE), "WGT": noise.uniform(1, 2, SHAPE)}
    hdus = [fits.ImageHDU(plane, fits.Header(cards), name=name) for name, plane in planes.items()]
    path = folder / "282023912_90GHz_psth.fits"
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    return path


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("frame", "projection"), [(frame, "ZEA") for frame in FRAMES] + [("galactic", "TAN")]
)
def test_a_north_up_stamp_is_that_of_the_whole_map(
    tmp_path: Path, frame: str, projection: str, order: Order
) -> None:
    path = written(tmp_path, frame, projection)
    record = read_map(path, path.name)
    lon, lat = record_wcs(record).wcs_pix2world(PLACES, 0).T
    sky = SkyCoord(lon, lat, unit="deg", frame=record_frame(record).to_astropy()).icrs
    positions = list(zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True))
    request = request_for(positions, 3, projection=Projection.TAN, order=order)

    made = make(tmp_path / "job", tmp_path, request, [record])

    with fits.open(path) as parent:
        whole = {name: (parent[name].data, _wcs(parent[name].header)) for name in ("SCI", "WGT")}
    assert [outcome.status for outcome in made.outcomes] == ["ok"] * len(PLACES)
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            assert stamp["SCI"].header["RADESYS"] == "ICRS"
            for name, how in (("SCI", ORDERS[order]), ("WGT", "nearest-neighbor")):
                expected = reproject_interp(
                    whole[name],
                    WCS(stamp[name].header),
                    shape_out=stamp[name].shape,
                    order=how,
                    return_footprint=False,
                )
                np.testing.assert_allclose(stamp[name].data, expected, atol=2e-7)


def _wcs(header: fits.Header) -> WCS:
    """The WCS of a whole map; reproject takes an ecliptic one with RADESYS for equatorial."""
    wcs = WCS(header)
    if header["CTYPE1"].startswith("ELON"):
        wcs.wcs.radesys = ""
    return wcs
