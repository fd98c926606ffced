"""The WCS of a map."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import custom_wcs_to_frame_mappings

from sptjobs.formats.sky_positions import Floats, SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord


def _ecliptic_frame(wcs: WCS) -> Any:
    """The frame of a map in ecliptic coordinates, which astropy does not know by itself."""
    if wcs.wcs.lngtyp.strip() != "ELON":
        return None
    return SkyFrame("ECLIPTIC", float(wcs.wcs.equinox)).to_astropy()


custom_wcs_to_frame_mappings(_ecliptic_frame)

_NUMBERS = ("CRPIX", "CRVAL", "CDELT", "CD", "PC", "PV")


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
    if _ecliptic_frame(wcs) is not None:
        # Of a WCS with RADESYS astropy takes every longitude for a right ascension.
        wcs.wcs.radesys = ""
    return wcs


def full_cards(record: MapRecord) -> dict[str, float | int | str | bool]:
    """A map's WCS cards with its frame by name, which old headers leave to defaults."""
    cards = dict(record.wcs)
    if record.frame in {"ICRS", "FK5"}:
        cards.setdefault("RADESYS", record.frame)
    if record.frame == "FK5":
        cards.setdefault("EQUINOX", 2000.0)
    return cards


def record_frame(record: MapRecord) -> SkyFrame:
    """The frame of a catalogued map."""
    return SkyFrame(record.frame, float(record.wcs.get("EQUINOX", 2000.0)))


@lru_cache(maxsize=4)
def cards_wcs(cards: tuple[tuple[str, Any], ...]) -> WCS:
    """The WCS of cards, kept for the maps in use."""
    for name, value in cards:
        # Earlier releases catalogued such cards, which wcslib passes over.
        if isinstance(value, str) and name.startswith(_NUMBERS):
            raise MapError(f"the map's catalogued {name} is no number: {value!r}")
    wcs = map_wcs(dict(cards))
    if not wcs.has_celestial:
        raise MapError("the map's catalogued WCS is not one of the sky")
    return wcs


def record_wcs(record: MapRecord) -> WCS:
    """The WCS of a catalogued map, kept for the maps in use."""
    return cards_wcs(tuple(full_cards(record).items()))


def sky_to_pixel(record: MapRecord, ra: Floats, dec: Floats) -> tuple[Floats, Floats]:
    """Pixels of positions [deg, ICRS], from 0; NaN where the projection has none."""
    sky = SkyCoord(ra, dec, unit="deg", frame="icrs")
    there = sky.transform_to(record_frame(record).to_astropy()).spherical
    x, y = record_wcs(record).wcs_world2pix(there.lon.deg, there.lat.deg, 0)
    return x, y
