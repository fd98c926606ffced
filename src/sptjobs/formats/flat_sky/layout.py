"""Which images of a FITS file are the map and its weight."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from astropy.io import fits

from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.formats.flat_sky.polarisation_images import (
    ImagePlace,
    images_of,
    stated_stokes,
)
from sptjobs.formats.flat_sky.polarisation_planes import (
    SIGNAL,
    first_planes,
    only_planes,
    planes_on_grid,
    usual_names,
)
from sptjobs.maps.map_error import MapError
from sptjobs.maps.polarisation_plane import PolarisationPlane
from sptjobs.maps.statement import NO_WEIGHTS, Hdu, Statement

_WEIGHT = frozenset({"WGT", "WEIGHT", "WEIGHTS", "WHT", "TT", "WTT", "WUNPOL"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the two images are, their shape (ny, nx), and the planes of polarisation beside.

    ``wgt`` is None where the map has no weights.
    """

    sci: ImagePlace
    wgt: ImagePlace | None
    shape: tuple[int, int]
    compression: str | None
    planes: tuple[PolarisationPlane, ...] = ()


def find_images(hdus: fits.HDUList, stated: Statement) -> Layout:
    """Find the map and its weight as stated, by name, or two images without names by their order.

    Raises
    ------
    MapError
        There is not one of each, or what they say of themselves differs from their names.
    """
    images = images_of(hdus)
    if any(_is_healpix(hdu.header) for hdu in hdus):
        raise MapError(
            "says that it is a HEALPix map, which is read from a binary table in HDU 1 only"
        )
    if not images:
        raise MapError(_without_image(hdus))
    sci, wgt = _pair(hdus, images, stated)
    _check_map(images[sci])
    if wgt is not None:
        _check_pair(images[sci], images[wgt])
    ny, nx = images[sci].shape
    # The header of a tile-compressed image is shown as that of the plain image.
    compression = getattr(hdus[sci.hdu], "compression_type", None)
    return Layout(sci, wgt, (int(ny), int(nx)), compression, planes_on_grid(images, sci, wgt))


def _pair(
    hdus: fits.HDUList, images: Mapping[ImagePlace, Any], stated: Statement
) -> tuple[ImagePlace, ImagePlace | None]:
    """Where the map and its weight are; of an HDU with planes of polarisation the first of them."""
    first = first_planes(images)
    names = {hdu: _name(hdus[hdu].header) for hdu in first}
    usual = usual_names(names, first, images)
    if stated.any_image and stated.weights is None and only_planes(first, images):
        return first[_one_map(hdus, names, usual, stated.image)], None
    sci, wgt = _pair_of_hdus(hdus, names, stated, usual)
    if wgt is None:
        return first[sci], None
    own = stated_stokes(images[first[sci]].header)
    alike = (
        place
        for place, image in images.items()
        if (place.hdu, stated_stokes(image.header)) == (wgt, own)
    )
    return first[sci], next(alike, first[wgt])


def _pair_of_hdus(
    hdus: fits.HDUList, names: dict[int, str], stated: Statement, usual: dict[int, str]
) -> tuple[int, int | None]:
    """HDUs of the map and of its weight, by their names or by what counts as their usual ones."""
    images = names.keys()
    if stated.weights == NO_WEIGHTS:
        return _one_map(hdus, images, usual, stated.image), None
    if stated.weights is not None:
        wgt = _chosen(hdus, images, stated.weights, "weights")
        others = {i: name for i, name in usual.items() if i != wgt}
        return _one_map(hdus, images, others, stated.image), wgt
    if stated.image is None:
        return _usual_pair(usual, any_image=stated.any_image)
    sci = _chosen(hdus, images, stated.image, "image")
    try:
        found = _usual_pair(usual, any_image=False)
    except MapError:
        found = (-1, None)
    if found[0] != sci and not stated.any_image:
        raise MapError(
            f"{stated.image!r} is stated as its image, and nothing as its weights: give"
            ' their HDU, or weights = "none" where every finite pixel counts'
        )
    return sci, found[1] if found[0] == sci else None


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
        return _named(names, SIGNAL, "SCI"), _named(names, _WEIGHT, "WGT")
    except MapError as error:
        advice = "choose one by --hdu" if any_image else "a [[map]] of collection.toml can tell"
        raise MapError(f"{error}; {advice}") from None


def _one_map(
    hdus: fits.HDUList, images: Container[int], names: dict[int, str], stated: Hdu | None
) -> int:
    """The map as stated, else the only image, else the one of a usual name."""
    if stated is not None:
        return _chosen(hdus, images, stated, "image")
    return next(iter(names)) if len(names) == 1 else _named(names, SIGNAL, "SCI")


def _chosen(hdus: fits.HDUList, images: Container[int], stated: Hdu, role: str) -> int:
    """Index of an HDU that is stated, which must be one of the images."""
    if isinstance(stated, str):
        name = stated.strip().upper()
        found = [i for i, hdu in enumerate(hdus) if _name(hdu.header) == name]
    else:
        found = [stated] if 0 <= stated < len(hdus) else []
    if len(found) != 1:
        has = ", ".join(f"{i} {_name(hdu.header)}".strip() for i, hdu in enumerate(hdus))
        count = f"{len(found)} HDUs" if found else "no HDU"
        raise MapError(f"has {count} {stated!r}, stated as its {role}: it has {has}")
    if found[0] not in images:
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
        f"has {len(shape)} axes, {sides}, and only images of two can be cut, and the planes of an"
        " axis CTYPE 'STOKES' behind those of the sky: write the plane that you want as an image"
        " of its own"
    )


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
