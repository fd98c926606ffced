"""Which images of a FITS file are the map and its weight, and on which grid they lie."""

import re
from dataclasses import dataclass
from typing import Any

from astropy.io import fits

from sptjobs.maps.map_error import MapError

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


def grid_cards(header: fits.Header) -> dict[str, float | int | str | bool]:
    """Cards of a header that describe its grid."""
    cards: dict[str, float | int | str | bool] = {}
    for card in header.cards:
        if _WCS_CARD.fullmatch(card.keyword):
            cards[card.keyword] = card.value
    return cards
