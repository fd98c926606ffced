"""Which images of a FITS file are the map and its weight, and what their header says."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from astropy.io import fits

from sptjobs.archive.names import (
    MapError,
    NameParts,
    check_tag,
    is_observation,
    parse_band,
    parse_filetype,
)

_WCS_CARD = re.compile(
    r"WCSAXES|(CRPIX|CRVAL|CDELT|CUNIT|CTYPE|CROTA)[12]|(PC|CD)[12]_[12]|PV[12]_[0-9]{1,2}"
    r"|LONPOLE|LATPOLE|RADESYS|EQUINOX"
)
_SAME_GRID = re.compile(r"(CRPIX|CRVAL|CDELT|CTYPE)[12]|(PC|CD)[12]_[12]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the two images are: indices of HDUs, and their shape (ny, nx)."""

    sci: int
    wgt: int
    shape: tuple[int, int]
    compression: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a map is; see ``MapRecord`` for the attributes."""

    field: str
    band: str
    filetype: str
    obsid: str
    tag: str | None
    season: str | None
    date_beg: str | None
    date_end: str | None


def find_images(hdus: fits.HDUList) -> Layout:
    """Find SCI and WGT by name, or without names by order."""
    images = [i for i, hdu in enumerate(hdus) if _is_image(hdu)]
    if any(_is_healpix(hdu.header) for hdu in hdus):
        raise MapError("is a HEALPix map, and only flat-sky maps are supported so far")
    named = {str(hdus[i].header.get("EXTNAME", "")).strip().upper(): i for i in images}
    if "SCI" in named or "WGT" in named:
        missing = {"SCI", "WGT"} - set(named)
        if missing:
            raise MapError(f"has no image named {missing.pop()}")
        sci, wgt = named["SCI"], named["WGT"]
    elif len(images) == 2:
        sci, wgt = images
    elif len(images) == 1:
        raise MapError("has one image only, where a map and its weight (SCI, WGT) are needed")
    else:
        raise MapError(f"has {len(images)} images, none of them named SCI or WGT")
    _check_pair(hdus[sci], hdus[wgt])
    ny, nx = hdus[sci].shape
    # The header of a tile-compressed image is shown as that of the plain image.
    compression = getattr(hdus[sci], "compression_type", None)
    return Layout(sci, wgt, (int(ny), int(nx)), compression)


def _is_image(hdu: Any) -> bool:
    return bool(hdu.is_image) and len(hdu.shape) == 2 and min(hdu.shape) > 0


def _is_healpix(header: fits.Header) -> bool:
    return "HEALPIX" in (header.get("PIXTYPE"), header.get("MAPTYPE"))


def _check_pair(sci: Any, wgt: Any) -> None:
    if sci.shape != wgt.shape:
        raise MapError(f"SCI and WGT differ in shape: {sci.shape} and {wgt.shape}")
    for hdu, name, expected in ((sci, "SCI", False), (wgt, "WGT", True)):
        stated = hdu.header.get("ISWEIGHT", expected)
        if bool(stated) != expected:
            raise MapError(f"ISWEIGHT of {name} is {stated}, against its name or place")
    for key in {card for card in sci.header if _SAME_GRID.fullmatch(card)}:
        if sci.header[key] != wgt.header.get(key, sci.header[key]):
            raise MapError(f"SCI and WGT lie on different grids: they differ in {key}")


def wcs_cards(header: fits.Header) -> dict[str, float | int | str | bool]:
    """Cards of a header that describe its grid."""
    cards: dict[str, float | int | str | bool] = {}
    for card in header.cards:
        if _WCS_CARD.fullmatch(card.keyword):
            cards[card.keyword] = card.value
    return cards


def identify(header: fits.Header, name: NameParts) -> Identity:
    """Bring together what the header and the file name say.

    Raises
    ------
    MapError
        Something is missing from both, makes no sense, or header and name differ.
    """
    band = _agreed("BAND", _parsed(header, "BAND", parse_band), name.band)
    filetype = _agreed("FILETYPE", _parsed(header, "FILETYPE", parse_filetype), name.filetype)
    obsid = _agreed("OBS-ID", _text(header, "OBS-ID") or _text(header, "OBSID"), name.obsid)
    field = _text(header, "FIELD") or _text(header, "OBJECT")
    if field is None:
        raise MapError("FIELD is missing from the header")
    season = _text(header, "SEASON")
    if not is_observation(obsid):
        # Coadds hold their tag where single observations hold a date.
        check_tag(obsid)
        return Identity(field, band, filetype, obsid, obsid, season, None, None)
    begin, end = _date(header, "DATE-BEG"), _date(header, "DATE-END")
    if end < begin:
        raise MapError(f"DATE-END {end} lies before DATE-BEG {begin}")
    return Identity(field, band, filetype, obsid, None, season, begin, end)


def _text(header: fits.Header, key: str) -> str | None:
    value = header.get(key)
    if value is None or isinstance(value, fits.card.Undefined) or not str(value).strip():
        return None
    return str(value).strip()


def _parsed(header: fits.Header, key: str, parse: Any) -> str | None:
    text = _text(header, key)
    return None if text is None else str(parse(text))


def _agreed(key: str, in_header: str | None, in_name: str | None) -> str:
    if in_header is None and in_name is None:
        raise MapError(f"{key} is missing from the header, and the file name does not tell")
    if in_header is not None and in_name is not None and in_header != in_name:
        raise MapError(f"{key} is {in_header} in the header and {in_name} in the file name")
    return in_header or in_name or ""


def _date(header: fits.Header, key: str) -> str:
    text = _text(header, key)
    if text is None:
        raise MapError(f"{key} is missing from the header")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MapError(f"{key} {text!r} of an observation is not a date") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat()
