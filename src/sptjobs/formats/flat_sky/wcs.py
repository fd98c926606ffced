"""From the sky to a map's pixels, for all positions in one call."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from astropy.coordinates import FK5, ICRS, Angle, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.maps.record import MapRecord

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


def full_cards(record: MapRecord) -> dict[str, float | int | str | bool]:
    """A map's WCS cards with its frame by name, which old headers leave to defaults."""
    cards = dict(record.wcs)
    cards.setdefault("RADESYS", record.frame)
    if record.frame == "FK5":
        cards.setdefault("EQUINOX", 2000.0)
    return cards


@lru_cache(maxsize=4)
def _record_wcs(cards: tuple[tuple[str, Any], ...]) -> WCS:
    return map_wcs(dict(cards))


def record_wcs(record: MapRecord) -> WCS:
    """The WCS of a catalogued map, kept for the maps in use."""
    return _record_wcs(tuple(full_cards(record).items()))


class Positions:
    """Positions on the sky, and points just north of them, for maps of any frame.

    Parameters
    ----------
    ra, dec
        Positions [deg, ICRS].
    """

    def __init__(self, ra: Floats, dec: Floats) -> None:
        self._sky = SkyCoord(ra, dec, unit="deg", frame="icrs")
        self._north = self._sky.directional_offset_by(Angle(0, "deg"), _NORTHWARD)
        self._angles: dict[str, tuple[Floats, ...]] = {}

    def on(self, record: MapRecord, indices: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Pixels of some of the positions on a map, and the direction of north there.

        Returns
        -------
        x, y
            Pixels from 0; NaN where the map's projection does not reach.
        north
            Position angle of north from +y, counter-clockwise (towards -x) [deg].
        """
        wcs = record_wcs(record)
        ra, dec, ra_north, dec_north = (angle[indices] for angle in self._in_frame(record.frame))
        x, y = wcs.wcs_world2pix(ra, dec, 0)
        x_north, y_north = wcs.wcs_world2pix(ra_north, dec_north, 0)
        return x, y, np.degrees(np.arctan2(x - x_north, y_north - y))

    def _in_frame(self, name: str) -> tuple[Floats, ...]:
        if name not in self._angles:
            frame = _FRAMES[name]()
            there = (self._sky.transform_to(frame), self._north.transform_to(frame))
            self._angles[name] = tuple(a for each in there for a in (each.ra.deg, each.dec.deg))
        return self._angles[name]


def sky_to_pixel(record: MapRecord, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Pixels of positions [deg, ICRS], from 0; NaN where the projection has none."""
    sky = SkyCoord(ra, dec, unit="deg", frame="icrs").transform_to(_FRAMES[record.frame]())
    x, y = record_wcs(record).wcs_world2pix(sky.ra.deg, sky.dec.deg, 0)
    return x, y
