"""Sides of pixels for estimates are those that stamps are cut by."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.forecast.local_scale import pixel_sides_of
from sptjobs.formats.flat_sky.pixel_sides import sides_at
from sptjobs.formats.flat_sky.placing import native_box
from sptjobs.formats.flat_sky.wcs import map_wcs, record_frame, record_wcs, sky_to_pixel
from sptjobs.formats.placement import Need
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Target
from tests.request.test_selection import record
from tests.support.scale import scaled

_AXES = {"GALACTIC": ("GLON", "GLAT"), "ECLIPTIC": ("ELON", "ELAT")}


def cylindrical(
    projection: str,
    frame: str,
    crval: tuple[float, float],
    crpix: tuple[float, float],
    sides: tuple[float, float],
) -> MapRecord:
    """Record of a map with sides of pixels [arcmin]."""
    lon, lat = _AXES.get(frame, ("RA--", "DEC-"))
    cards: dict[str, float | int | str | bool] = {
        "WCSAXES": 2, "CTYPE1": f"{lon}-{projection}", "CTYPE2": f"{lat}-{projection}",
        "CRPIX1": crpix[0], "CRPIX2": crpix[1], "CRVAL1": crval[0], "CRVAL2": crval[1],
        "CDELT1": -sides[0] / 60, "CDELT2": sides[1] / 60,
    }  # fmt: skip
    if frame != "GALACTIC":
        cards |= {"RADESYS": "FK5" if frame == "ECLIPTIC" else frame}
    if frame not in {"GALACTIC", "ICRS"}:
        cards |= {"EQUINOX": 1950.0 if frame == "FK4" else 2000.0}
    wcs = map_wcs(cards)
    wcs.wcs.set()
    cards |= {"LONPOLE": float(wcs.wcs.lonpole), "LATPOLE": float(wcs.wcs.latpole)}
    return record(
        "1", projection=projection, frame=frame, wcs=cards, shape=(300, 500),
        pixel_scale_arcmin=min(sides),
    )  # fmt: skip


@settings(max_examples=scaled(100), deadline=None)
@given(
    st.sampled_from(("CAR", "CEA", "MER")),
    st.sampled_from(("ICRS", "FK5", "FK4", "GALACTIC", "ECLIPTIC")),
    st.tuples(st.floats(0, 359.9), st.just(0.0) | st.floats(-60, 60)),
    st.tuples(st.floats(-4000, 4000), st.floats(-9000, 9000)),
    st.tuples(st.sampled_from((0.25, 0.5)), st.sampled_from((0.25, 0.5))),
)
def test_sides_are_those_that_cutting_divides_sizes_by(
    projection: str,
    frame: str,
    crval: tuple[float, float],
    crpix: tuple[float, float],
    sides: tuple[float, float],
) -> None:
    each = cylindrical(projection, frame, crval, crpix, sides)
    lon, lat = record_wcs(each).wcs_pix2world([[250.0, 150.0]], 0)[0]
    assume(np.isfinite(lon) and abs(lat) < 80)
    sky = SkyCoord(lon, lat, unit="deg", frame=record_frame(each).to_astropy()).icrs

    found = pixel_sides_of(each)(float(sky.ra.deg), float(sky.dec.deg))

    assert found == pytest.approx(sides_at(each, 250.0, 150.0), rel=0.03)


@pytest.mark.parametrize(
    ("each", "dec"),
    [
        (cylindrical("CAR", "ICRS", (0.0, 0.0), (250.5, 13950.5), (0.25, 0.25)), -57.5),
        (cylindrical("CAR", "ICRS", (0.0, 0.0), (250.5, 150.5), (0.5, 0.25)), 0.0),
        (cylindrical("MER", "ICRS", (0.0, 0.0), (250.5, 17000.5), (0.25, 0.25)), -57.5),
        (record("1", pixel_scale_arcmin=0.5), -57.5),
    ],
    ids=["CAR far south", "not square", "MER", "even"],
)
def test_an_estimate_counts_the_pixels_that_stamps_have(each: MapRecord, dec: float) -> None:
    around = ((359.0, dec - 1), (1.0, dec - 1), (1.0, dec + 1), (359.0, dec + 1))
    each = MapRecord.from_fields(each.to_fields() | {"footprint": (around,), "tag": "t"})
    request = CutoutRequest((Target("a", 0.0, dec, 60.0, 60.0),))

    estimate = estimate_of(request, [each], coverage_of(request, [each]))

    if each.wcs:
        x, y = (float(axis[0]) for axis in sky_to_pixel(each, np.zeros(1), np.full(1, dec)))
        ny, nx = native_box(each, Need(x, y, 60.0, 60.0)).shape
    else:
        ny = nx = 120
    assert estimate.pairs == 1
    assert estimate.size_bytes == pytest.approx(8 * ny * nx, rel=0.15)
