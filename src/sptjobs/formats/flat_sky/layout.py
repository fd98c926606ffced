"""Which images of a FITS file are the map and its weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from astropy.io import fits

from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.maps.map_error import MapError

_SIGNAL = frozenset({"SCI", "IMAGE", "MAP", "T"})
_WEIGHT = frozenset({"WGT", "WEIGHT", "WEIGHTS", "WHT", "TT"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the two images are: indices of HDUs, and their shape (ny, nx)."""

    sci: int
    wgt: int
    shape: tuple[int, int]
    compression: str | None


def find_images(hdus: fits.HDUList) -> Layout:
    """Find the map and its weight by name, or two images without names by their order.

    Raises
    ------
    MapError
        There is not one of each, or what they say of themselves differs from their names.
    """
    images = [i for i, hdu in enumerate(hdus) if _is_image(hdu)]
    if any(_is_healpix(hdu.header) for hdu in hdus):
        raise MapError("is a HEALPix map, and only flat-sky maps are supported so far")
    if len(images) == 1:
        raise MapError("has one image only, where a map and its weight (SCI, WGT) are needed")
    names = {i: _name(hdus[i].header) for i in images}
    if len(images) == 2 and not any(names.values()):
        sci, wgt = images
    else:
        sci, wgt = _named(names, _SIGNAL, "SCI"), _named(names, _WEIGHT, "WGT")
    _check_pair(hdus[sci], hdus[wgt])
    ny, nx = hdus[sci].shape
    # The header of a tile-compressed image is shown as that of the plain image.
    compression = getattr(hdus[sci], "compression_type", None)
    return Layout(sci, wgt, (int(ny), int(nx)), compression)


def _is_image(hdu: Any) -> bool:
    return bool(hdu.is_image) and len(hdu.shape) == 2 and min(hdu.shape) > 0


def _is_healpix(header: fits.Header) -> bool:
    return "HEALPIX" in (header.get("PIXTYPE"), header.get("MAPTYPE"))


def _name(header: fits.Header) -> str:
    name = str(header.get("EXTNAME", "")).strip().upper()
    # What astropy calls compressed images that nobody named.
    return "" if name == "COMPRESSED_IMAGE" else name


def _named(names: dict[int, str], known: frozenset[str], usual: str) -> int:
    """The one image with one of the names; the usual name counts before the others."""
    for accepted in ({usual}, known):
        found = [i for i, name in names.items() if name in accepted]
        if len(found) == 1:
            return found[0]
        if found:
            raise MapError(f"has {len(found)} images named {_list(names, found)}, not one {usual}")
    raise MapError(
        f"has no image named {usual}: its {len(names)} images are named {_list(names, names)}"
    )


def _list(names: dict[int, str], which: Sequence[int] | dict[int, str]) -> str:
    return ", ".join(names[i] or "nothing" for i in which) or "nothing"


def _check_pair(sci: Any, wgt: Any) -> None:
    if sci.shape != wgt.shape:
        raise MapError(f"SCI and WGT differ in shape: {sci.shape} and {wgt.shape}")
    for hdu, name, expected in ((sci, "SCI", False), (wgt, "WGT", True)):
        stated = hdu.header.get("ISWEIGHT", expected)
        if bool(stated) != expected:
            raise MapError(f"ISWEIGHT of {name} is {stated}, against its name or place")
    different = different_card(sci.header, wgt.header)
    if different is not None:
        raise MapError(f"SCI and WGT lie on different grids: they differ in {different}")
