"""Positions in frames that are turned against ICRS are those of astropy."""

import numpy as np
import pytest
from astropy.coordinates import Angle, SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.sky_positions import ROTATED, Positions, SkyFrame

FRAMES = [SkyFrame("ICRS"), SkyFrame("FK5"), SkyFrame("FK5", 1975.0), SkyFrame("GALACTIC")]

PLACES = st.lists(
    st.tuples(st.floats(-360, 720), st.floats(-90, 90)), min_size=1, max_size=20
) | st.just([(0.0, 90.0), (360.0, -90.0), (12.3, 90 - 1e-9), (200.0, 89.9999), (359.9999999, 0.0)])


def apart(lon: object, lat: object, other_lon: object, other_lat: object) -> float:
    """Largest angle [rad] between places [deg] of two lists."""
    pairs = [np.radians(np.stack(each)) for each in ((lon, lat), (other_lon, other_lat))]  # type: ignore[arg-type]
    one, two = (
        np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
        for lon, lat in pairs
    )
    return float(np.linalg.norm(one - two, axis=0).max())


@pytest.mark.parametrize("frame", FRAMES, ids=str)
@given(places=PLACES)
def test_positions_and_those_north_of_them_are_where_astropy_has_them(
    frame: SkyFrame, places: list[tuple[float, float]]
) -> None:
    assert frame.name in ROTATED
    ra, dec = np.array(places).T
    found = Positions(ra, dec).in_frame(frame)
    sky = SkyCoord(ra, dec, unit="deg", frame="icrs")
    there = sky.transform_to(frame.to_astropy()).spherical
    assert apart(found.lon, found.lat, there.lon.deg, there.lat.deg) < 1e-14
    north = sky.directional_offset_by(Angle(0, "deg"), Angle(1, "arcsec"))
    there = north.transform_to(frame.to_astropy()).spherical
    # Astropy computes it by an arc sine, of which little is right near the poles.
    tolerance = 1e-13 if abs(dec).max() < 80 else 3e-8
    assert apart(found.lon_north, found.lat_north, there.lon.deg, there.lat.deg) < tolerance
    assert ((found.lon >= 0) & (found.lon <= 360)).all()
    assert (abs(found.lat) <= 90).all()


def test_positions_in_icrs_are_those_given_to_the_last_digit() -> None:
    ra, dec = np.array([0.1, 200.123456789, 359.99999999]), np.array([-57.80659, 89.5, -90.0])
    found = Positions(ra, dec).in_frame(SkyFrame("ICRS"))
    assert (found.lon.tolist(), found.lat.tolist()) == (ra.tolist(), dec.tolist())
