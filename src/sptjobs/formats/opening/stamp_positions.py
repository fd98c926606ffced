"""Where the pixels of a stamp lie on the sky."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.coordinates import ICRS

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.sky_positions import FRAMES, Floats, SkyFrame


def pixel_positions(
    wcs: Mapping[str, Any], shape: tuple[int, int], frame: SkyFrame
) -> tuple[Floats, Floats]:
    """Right ascension and declination [deg, ICRS] of the middles of pixels, each (ny, nx).

    NaN where the projection has no place.

    Parameters
    ----------
    wcs
        Cards of the stamp.
    frame
        Of its longitudes and latitudes.
    """
    rows, columns = np.indices(shape, dtype=np.float64)
    lon, lat = map_wcs(wcs).wcs_pix2world(columns.ravel(), rows.ravel(), 0)
    if frame.name != "ICRS":
        there = FRAMES[frame.name](frame.equinox)
        sky = there.realize_frame(_spherical(lon, lat)).transform_to(ICRS())
        lon, lat = sky.spherical.lon.deg, sky.spherical.lat.deg
    return np.reshape(lon, shape), np.reshape(lat, shape)


def _spherical(lon: Floats, lat: Floats) -> Any:
    from astropy import units  # noqa: PLC0415 - most stamps are in ICRS
    from astropy.coordinates import UnitSphericalRepresentation  # noqa: PLC0415 - likewise

    return UnitSphericalRepresentation(lon * units.deg, lat * units.deg)
