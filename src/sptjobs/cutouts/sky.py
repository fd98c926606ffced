"""From the sky to a map's pixels, for all positions in one call."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from astropy.coordinates import FK5, ICRS, Angle, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.archive.record import MapRecord

Floats = NDArray[np.float64]
_FRAMES = {"ICRS": ICRS, "FK5": FK5}
_NORTHWARD = Angle(1.0, "arcsec")


def map_wcs(cards: Mapping[str, Any], *, x0: int = 0, y0: int = 0) -> WCS:
    """The WCS of a map, or of its part that begins at pixel (x0, y0).

    Parameters
    ----------
    cards
        WCS cards by name, as in ``MapRecord.wcs``.
    """
    header = fits.Header()
    for name, value in cards.items():
        header[name] = value
    wcs = WCS(header, naxis=2)
    wcs.wcs.crpix = wcs.wcs.crpix - (x0, y0)
    return wcs


@lru_cache(maxsize=4)
def _record_wcs(cards: tuple[tuple[str, Any], ...]) -> WCS:
    return map_wcs(dict(cards))


def record_wcs(record: MapRecord) -> WCS:
    """The WCS of a catalogued map, kept for the maps in use."""
    return _record_wcs(tuple(record.wcs.items()))


def sky_to_pixel(record: MapRecord, sky: SkyCoord) -> tuple[Floats, Floats]:
    """Pixels of sky positions, from 0; NaN where the projection has none."""
    frame = sky.transform_to(_FRAMES[record.frame]())
    x, y = record_wcs(record).wcs_world2pix(frame.ra.deg, frame.dec.deg, 0)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def locate(record: MapRecord, ra: Floats, dec: Floats) -> tuple[Floats, Floats, Floats]:
    """Pixels of positions, and the direction of north there.

    Parameters
    ----------
    ra, dec
        Positions [deg, ICRS].

    Returns
    -------
    x, y
        Pixels from 0; NaN where the map's projection does not reach.
    north
        Position angle of north from +y, counter-clockwise (towards -x) [deg].
    """
    sky = SkyCoord(ra, dec, unit="deg", frame="icrs")
    x, y = sky_to_pixel(record, sky)
    x_north, y_north = sky_to_pixel(record, sky.directional_offset_by(Angle(0, "deg"), _NORTHWARD))
    return x, y, np.degrees(np.arctan2(x - x_north, y_north - y))
