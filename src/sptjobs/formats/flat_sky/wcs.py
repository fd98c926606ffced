"""The WCS of a map."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.formats.sky_positions import FRAMES, Floats
from sptjobs.maps.record import MapRecord


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


def sky_to_pixel(record: MapRecord, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Pixels of positions [deg, ICRS], from 0; NaN where the projection has none."""
    sky = SkyCoord(ra, dec, unit="deg", frame="icrs").transform_to(FRAMES[record.frame]())
    x, y = record_wcs(record).wcs_world2pix(sky.ra.deg, sky.dec.deg, 0)
    return x, y
