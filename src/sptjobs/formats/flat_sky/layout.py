"""Which images of a FITS file are the map and its weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from astropy.io import fits

from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.maps.map_error import MapError
from sptjobs.maps.statement import NO_WEIGHTS, Hdu, Statement

_SIGNAL = frozenset({"SCI", "IMAGE", "MAP", "T"})
_WEIGHT = frozenset({"WGT", "WEIGHT", "WEIGHTS", "WHT", "TT"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the two images are: indices of HDUs, and their shape (ny, nx).

    ``wgt`` is None where the map has no weights.
    """

    sci: int
    wgt: int | None
    shape: tuple[int, int]
    compression: str | None


def find_images(hdus: fits.HDUList, stated: Statement) -> Layout:
    """Find the map and its weight as stated, by name, or two images without names by their order.

    Raises
    ------
    MapError
        There is not one of each, or what they say of themselves differs from their names.
    """
    images = [i for i, hdu in enumerate(hdus) if _is_image(hdu)]
    if any(_is_healpix(hdu.header) for hdu in hdus):
        raise MapError(
            "says that it is a HEALPix map, which is read from a binary table in HDU 1 only"
        )
    if not images:
        raise MapError(_without_image(hdus))
    names = {i: _name(hdus[i].header) for i in images}
    sci, wgt = _pair(hdus, names, stated)
    _check_map(hdus[sci])
    if wgt is not None:
        _check_pair(hdus[sci], hdus[wgt])
    ny, nx = hdus[sci].shape
    # The header of a tile-compressed image is shown as that of the plain image.
    compression = getattr(hdus[sci], "compression_type", None)
    return Layout(sci, wgt, (int(ny), int(nx)), compression)


def _pair(hdus: fits.HDUList, names: dict[int, str], stated: Statement) -> tuple[int, int | None]:
    """HDUs of the map and of its weight."""
    if stated.weights == NO_WEIGHTS:
        return _one_map(hdus, names, stated.image), None
    if stated.weights is not None:
        wgt = _chosen(hdus, stated.weights, "weights")
        others = {i: name for i, name in names.items() if i != wgt}
        return _one_map(hdus, others, stated.image), wgt
    if stated.image is None:
        return _usual_pair(names, any_image=stated.any_image)
    sci = _chosen(hdus, stated.image, "image")
    try:
        usual = _usual_pair(names, any_image=False)
    except MapError:
        usual = (-1, None)
    if usual[0] != sci and not stated.any_image:
        raise MapError(
            f"{stated.image!r} is stated as its image, and nothing as its weights: give"
            ' their HDU, or weights = "none" where every finite pixel counts'
        )
    return sci, usual[1] if usual[0] == sci else None


def _usual_pair(names: dict[int, str], *, any_image: bool) -> tuple[int, int | None]:
    """Map and weight by their names, or by their order where none has one."""
    if len(names) == 1:
        if any_image:
            return next(iter(names)), None
        raise MapError(
            "has one image only, where a map and its weight (SCI, WGT) are needed; where every"
            ' finite pixel counts, state weights = "none" in collection.toml'
        )
    if len(names) == 2 and not any(names.values()):
        sci, wgt = names
        return sci, wgt
    try:
        return _named(names, _SIGNAL, "SCI"), _named(names, _WEIGHT, "WGT")
    except MapError as error:
        advice = "choose one by --hdu" if any_image else "a [[map]] of collection.toml can tell"
        raise MapError(f"{error}; {advice}") from None


def _one_map(hdus: fits.HDUList, names: dict[int, str], stated: Hdu | None) -> int:
    """The map as stated, else the only image, else the one of a usual name."""
    if stated is not None:
        return _chosen(hdus, stated, "image")
    return next(iter(names)) if len(names) == 1 else _named(names, _SIGNAL, "SCI")


def _chosen(hdus: fits.HDUList, stated: Hdu, role: str) -> int:
    """Index of an HDU that is stated, which must be an image of two axes."""
    if isinstance(stated, str):
        name = stated.strip().upper()
        found = [i for i, hdu in enumerate(hdus) if _name(hdu.header) == name]
    else:
        found = [stated] if 0 <= stated < len(hdus) else []
    if len(found) != 1:
        has = ", ".join(f"{i} {_name(hdu.header)}".strip() for i, hdu in enumerate(hdus))
        count = f"{len(found)} HDUs" if found else "no HDU"
        raise MapError(f"has {count} {stated!r}, stated as its {role}: it has {has}")
    if not _is_image(hdus[found[0]]):
        raise MapError(f"HDU {stated!r}, stated as its {role}, {_what_it_is(hdus[found[0]])}")
    return found[0]


def _without_image(hdus: fits.HDUList) -> str:
    """Why there is nothing to be cut."""
    cubes = [i for i, hdu in enumerate(hdus) if hdu.is_image and len(hdu.shape) > 2]
    if cubes:
        return f"has no image of two axes: HDU {cubes[0]} {_what_it_is(hdus[cubes[0]])}"
    return "has no image of two axes, and nothing else can be cut"


def _what_it_is(hdu: Any) -> str:
    """What an HDU is that is no image of two axes, and what would help."""
    if not hdu.is_image:
        return "is a table, no image"
    shape = tuple(int(side) for side in hdu.shape)
    if len(shape) <= 2:
        return "is an image without pixels"
    sides = " x ".join(str(side) for side in shape)
    return (
        f"has {len(shape)} axes, {sides}, and only images of two can be cut: write the plane that"
        " you want as an image of its own"
    )


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


def _check_map(sci: Any) -> None:
    if bool(sci.header.get("ISWEIGHT", False)):
        raise MapError("ISWEIGHT of SCI is True, against its name or place")


def _check_pair(sci: Any, wgt: Any) -> None:
    if sci.shape != wgt.shape:
        raise MapError(f"SCI and WGT differ in shape: {sci.shape} and {wgt.shape}")
    stated = wgt.header.get("ISWEIGHT", True)
    if not stated:
        raise MapError(f"ISWEIGHT of WGT is {stated}, against its name or place")
    different = different_card(sci.header, wgt.header)
    if different is not None:
        raise MapError(f"SCI and WGT lie on different grids: they differ in {different}")
