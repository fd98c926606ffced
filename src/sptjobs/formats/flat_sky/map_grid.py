"""The grid of a map: its WCS, once, as wcslib understands it, or a refusal.

Headers spell a WCS in many ways: PC, CD or CROTA, axes by three digits (``PC001002``),
exponents by D, units of arc seconds, equinoxes without a frame. What is kept of a map are the
cards of the standard that mean the same; whoever needs the WCS reads these.

References
----------
Greisen & Calabretta 2002, A&A 395, 1061; Calabretta & Greisen 2002, A&A 395, 1077.
"""

import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.formats.flat_sky.recentring import recentred
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.map_content import Cards
from sptjobs.formats.sky_positions import SkyFrame
from sptjobs.maps.map_error import MapError

_NUMBERS = re.compile(
    r"WCSAXES|NAXIS[12]?|(CRPIX|CRVAL|CDELT|CROTA)\d+|(PC|CD|PV)\d+_\d+|(PC|CD)\d{6}|PROJP\d+"
    r"|LONPOLE|LATPOLE|EQUINOX|EPOCH"
)
_TEXTS = re.compile(r"(CTYPE|CUNIT)\d+|RADESYS|RADECSYS")
_DISTORTION = re.compile(r"[AB]P?_ORDER|(CPDIS|CQDIS|D2IMDIS)\d+|D2IM\d+")
_PROJECTION = re.compile(
    "A(ZP|RC|IR|IT)|S(ZP|TG|IN|FL)|TAN|Z(PN|EA)|C(YP|EA|AR|O[DEOP]|SC)|MER|PAR|MOL|BON|PCO"
    "|TSC|QSC|HPX|XPH"
)
_SYSTEMS = {"RA": ("ICRS", "FK5", "FK4", "FK4-NO-E"), "ELON": ("ICRS", "FK5"), "GLON": ()}
_UNITS = {
    spelt: unit
    for unit, spellings in {
        "deg": "deg degree degrees",
        "arcmin": "arcmin arcmins arcminute arcminutes",
        "arcsec": "arcsec arcsecs arcsecond arcseconds",
        "rad": "rad radian radians",
    }.items()
    for spelt in spellings.split()
}
"""Units by what they are called in any case: wcslib has names of the standard only."""

_UNIT_IN_WCSLIB = re.compile(r"CUNIT[12]\b")
_PLACE_IN_WCSLIB = re.compile(r"ERROR \d+ in \w+\(\) at line \d+ of file \S+: ?")
_AGREEMENT = 1e-9
"""Distance on the sky by which restated cards may differ from a header [deg]."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the pixels of a map lie.

    Attributes
    ----------
    wcs, cards
        The same, as astropy has it and as the cards of the standard that restate it.
    projection
        Code of the projection.
    frame
        What its longitudes and latitudes are in.
    pixel_scale_arcmin
        Side of a pixel where the projection is true; the shorter one.
    """

    wcs: WCS
    cards: Cards
    projection: str
    frame: SkyFrame
    pixel_scale_arcmin: float


def read_grid(header: fits.Header, shape: tuple[int, int]) -> Grid:
    """Read the grid of an image of ``shape`` (ny, nx).

    Raises
    ------
    MapError
        The header does not tell where on the sky its pixels are, or tells it in a way
        that is not known.
    """
    understood = _understood(_stated(header))
    projection = _projection(understood)
    frame = _frame(understood)
    cards = _restated(understood, frame)
    cards = recentred(cards, projection, shape)
    wcs = map_wcs(cards)
    _check_same(understood, wcs, shape)
    return Grid(wcs, cards, projection, frame, _scale(wcs))


def different_card(first: fits.Header, second: fits.Header) -> str | None:
    """Name a card of the WCS in which two headers differ, of those that both have."""
    one, other = _stated(first), _stated(second)
    return next((name for name in one if name in other and one[name] != other[name]), None)


def _stated(header: fits.Header) -> fits.Header:
    """The cards of the WCS with their values, so that every spelling of a number is read."""
    stated = fits.Header()
    for card in header.cards:
        name = card.keyword
        if _DISTORTION.fullmatch(name):
            raise MapError("its WCS has a distortion, which no projection of maps has")
        numeric = _NUMBERS.fullmatch(name) is not None
        if not numeric and not _TEXTS.fullmatch(name):
            continue
        value = _value(card, numeric=numeric)
        if value is None:
            continue
        if name in stated and stated[name] != value:
            raise MapError(f"{name} stands twice in the header: {stated[name]!r} and {value!r}")
        stated[name] = value
    return stated


def _value(card: fits.Card, *, numeric: bool) -> str | float | int | None:
    try:
        value = card.value
    except (fits.VerifyError, ValueError):
        raise MapError(f"{card.keyword} cannot be read: {str(card.image).strip()!r}") from None
    if value is None or isinstance(value, fits.card.Undefined):
        return None
    if not numeric:
        if not isinstance(value, str):
            raise MapError(f"{card.keyword} is {value!r}, and should be a text")
        return _as_standard(card.keyword, value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MapError(f"{card.keyword} is {value!r}, and should be a number without quotes")
    return value


def _as_standard(name: str, text: str) -> str:
    """A text as the standard spells it, where it can mean nothing else."""
    if name.startswith("CTYPE"):
        return text.upper()
    return _UNITS.get(text.strip().lower(), text) if name.startswith("CUNIT") else text


def _understood(stated: fits.Header) -> WCS:
    for name in ("CTYPE", "CRVAL", "CRPIX"):
        for axis in "12":
            if name + axis not in stated:
                raise MapError(f"{name}{axis} is missing from the header")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wcs = WCS(stated, naxis=2)
            wcs.wcs.set()
    except Exception as error:
        # wcslib has an exception for each of the ways in which a WCS makes no sense.
        why = _PLACE_IN_WCSLIB.sub("", " ".join(str(error).split()))[:200]
        if (unit := _UNIT_IN_WCSLIB.search(why)) is not None:
            raise MapError(
                f"{unit[0]} is {stated[unit[0]]!r}, which is no angle; known are"
                " deg, arcmin, arcsec, mas and rad"
            ) from error
        raise MapError(f"its WCS makes no sense: {why}") from error
    return wcs


def _projection(wcs: WCS) -> str:
    kinds = [str(text) for text in wcs.wcs.ctype]
    known = wcs.wcs.lngtyp.strip() in _SYSTEMS and (wcs.wcs.lng, wcs.wcs.lat) == (0, 1)
    if not known or not _PROJECTION.fullmatch(kinds[0][5:8]):
        raise MapError(
            f"CTYPE {kinds[0]!r}, {kinds[1]!r} are not a known projection of RA and DEC, GLON and"
            " GLAT, or ELON and ELAT, in this order"
        )
    return kinds[0][5:8]


def _frame(wcs: WCS) -> SkyFrame:
    """The frame, by the defaults of the standard where it is not named."""
    kind, system = wcs.wcs.lngtyp.strip(), wcs.wcs.radesys.strip().upper()
    if kind == "GLON":
        return SkyFrame("GALACTIC")
    equinox = float(wcs.wcs.equinox)
    if not system:
        system = "ICRS" if math.isnan(equinox) else "FK4" if equinox < 1984 else "FK5"
    if system not in _SYSTEMS[kind]:
        raise MapError(
            f"RADESYS {system!r} is not known for {kind}; known are {', '.join(_SYSTEMS[kind])}"
        )
    if math.isnan(equinox):
        equinox = 1950.0 if system.startswith("FK4") else 2000.0
    if not 1800 <= equinox <= 2200:
        raise MapError(f"EQUINOX {equinox:g} is no year from 1800 to 2200")
    if kind == "ELON":
        return SkyFrame("ECLIPTIC", equinox)
    return SkyFrame(system, 2000.0 if system == "ICRS" else equinox)


def _restated(wcs: WCS, frame: SkyFrame) -> Cards:
    """The cards of the standard, in degrees, with every default spelt out."""
    about = wcs.wcs
    cards: Cards = {"WCSAXES": 2}
    cards |= {f"CTYPE{i + 1}": str(about.ctype[i])[:8] for i in (0, 1)}
    cards |= {f"CRPIX{i + 1}": float(about.crpix[i]) for i in (0, 1)}
    cards |= {f"CRVAL{i + 1}": float(about.crval[i]) for i in (0, 1)}
    matrix = about.get_pc()
    if about.has_cd():
        cards |= {f"CD{i + 1}_{j + 1}": float(matrix[i, j]) for i in (0, 1) for j in (0, 1)}
    else:
        cards |= {f"CDELT{i + 1}": float(about.get_cdelt()[i]) for i in (0, 1)}
        if not np.array_equal(matrix, np.eye(2)):
            cards |= {f"PC{i + 1}_{j + 1}": float(matrix[i, j]) for i in (0, 1) for j in (0, 1)}
    cards |= {"CUNIT1": "deg", "CUNIT2": "deg"}
    cards |= {f"PV{i}_{m}": float(value) for i, m, value in about.get_pv()}
    cards |= {"LONPOLE": float(about.lonpole), "LATPOLE": float(about.latpole)}
    return cards | _frame_cards(frame)


def _frame_cards(frame: SkyFrame) -> Cards:
    match frame.name:
        case "GALACTIC":
            return {}
        case "ICRS":
            return {"RADESYS": "ICRS"}
        case "ECLIPTIC":
            return {"RADESYS": "FK5", "EQUINOX": frame.equinox}
        case name:
            return {"RADESYS": name, "EQUINOX": frame.equinox}


def _check_same(wcs: WCS, restated: WCS, shape: tuple[int, int]) -> None:
    """Refuse what the cards that are kept would not tell as the header does."""
    ny, nx = shape
    columns, rows = np.meshgrid(np.linspace(-0.5, nx - 0.5, 5), np.linspace(-0.5, ny - 0.5, 5))
    places = []
    for each in (wcs, restated):
        free = each.deepcopy()
        free.wcs.bounds_check(False, False)
        lon, lat = np.radians(free.wcs_pix2world(columns.ravel(), rows.ravel(), 0))
        places.append((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    lost = [np.isnan(each[0]) for each in places]
    apart = np.degrees(np.linalg.norm(np.subtract(places[0], places[1]), axis=0))
    if (lost[0] != lost[1]).any() or (apart[~lost[0]] > _AGREEMENT).any():
        raise MapError("its WCS is written in a way that the cards of the standard do not tell")


def _scale(wcs: WCS) -> float:
    sides = np.linalg.norm(wcs.pixel_scale_matrix, axis=0)
    if np.ptp(sides) <= 1e-6 * sides[0]:
        area = abs(float(np.linalg.det(wcs.pixel_scale_matrix)))
        return float(round(area**0.5 * 60, 9))
    return float(round(float(sides.min()) * 60, 9))
