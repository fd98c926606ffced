"""Which images of a FITS file are planes of polarisation of one map, and their weights."""

from collections.abc import Iterator, Mapping
from typing import Any

from astropy.io import fits

from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.formats.flat_sky.polarisation_images import ImagePlace, stated_stokes
from sptjobs.formats.stokes import BY_NUMBER, state_of
from sptjobs.maps.map_error import MapError
from sptjobs.maps.polarisation_plane import PolarisationPlane

SIGNAL = frozenset({"SCI", "IMAGE", "MAP", "T"})
"""Names of the image of a map."""

_ORDER = tuple(BY_NUMBER.values())
_UNITS = ("BUNIT", "UNITS", "TUNIT")

_Images = Mapping[ImagePlace, Any]


def first_planes(images: _Images) -> dict[int, ImagePlace]:
    """Of each HDU its image, or of several planes the first in the order T, Q, U, V, and others."""
    found: dict[int, ImagePlace] = {}
    for place, image in images.items():
        if place.hdu not in found or _rank(image) < _rank(images[found[place.hdu]]):
            found[place.hdu] = place
    return found


def usual_names(
    names: Mapping[int, str], first: Mapping[int, ImagePlace], images: _Images
) -> dict[int, str]:
    """Names of HDUs; where several hold planes of one map the first of these is called T.

    Such files may say by cards alone what their images are, those of the weights too.
    """
    called = dict(names)
    headers = {hdu: images[place].header for hdu, place in first.items()}
    planes = [i for i, header in headers.items() if not is_weight(header) and stated_stokes(header)]
    stated = [each for each in images.values() if stated_stokes(each.header)]
    if not planes or sum(not is_weight(each.header) for each in stated) < 2:
        return called
    if SIGNAL.isdisjoint(called.values()):
        called[min(planes, key=lambda i: _rank(images[first[i]]))] = "T"
    for i, header in headers.items():
        if not called[i] and is_weight(header):
            called[i] = str(header.get("WTYPE", "")).strip().upper() or "WGT"
    return called


def only_planes(first: Mapping[int, ImagePlace], images: _Images) -> bool:
    """Whether there are several planes of polarisation, and nothing that could be weights."""
    headers = [images[place].header for place in first.values()]
    return len(headers) > 1 and all(
        not is_weight(header) and (_name(header) in SIGNAL or stated_stokes(header))
        for header in headers
    )


def is_weight(header: fits.Header) -> bool:
    """Whether a header is that of weights, by its cards or by a name that says of what."""
    name = _name(header)
    of_planes = {each for stokes in _ORDER for each in _weights_of(stokes)}
    return header.get("ISWEIGHT") is True or "WTYPE" in header or name in of_planes


def weighed_stokes(header: fits.Header) -> str | None:
    """The Stokes parameter that weights are of by their name; None where that says none."""
    return next((each for each in "TQUV" if _name(header) in _weights_of(each)), None)


def planes_on_grid(
    images: _Images, sci: ImagePlace, wgt: ImagePlace | None
) -> tuple[PolarisationPlane, ...]:
    """The planes that lie on a map's grid, its own first; none where it is alone and of intensity.

    What two images claim to be is neither of them.
    """
    own = images[sci].header
    stokes = stated_stokes(own) or "T"
    found = {stokes: sci}
    claimed = list(_claimed(images, sci, wgt))
    for each in _ORDER:
        places = [place for place, name in claimed if name == each]
        if each != stokes and len(places) == 1:
            found[each] = places[0]
    if list(found) == ["T"]:
        return ()
    return tuple(_plane(images, each, found[each], sci, wgt) for each in found)


def _claimed(
    images: _Images, sci: ImagePlace, wgt: ImagePlace | None
) -> Iterator[tuple[ImagePlace, str]]:
    """Other images on the same grid, and what they say that they hold."""
    for place, image in images.items():
        stokes = stated_stokes(image.header)
        is_other = place != sci and (wgt is None or place.hdu != wgt.hdu)
        if is_other and stokes and not is_weight(image.header) and _is_alike(images[sci], image):
            yield place, stokes


def _plane(
    images: _Images, stokes: str, place: ImagePlace, sci: ImagePlace, wgt: ImagePlace | None
) -> PolarisationPlane:
    weights = wgt if wgt is None or place == sci else _weights(images, stokes, wgt)
    units = (_units(images[each].header) for each in (place, sci))
    return PolarisationPlane(
        state_of(stokes),
        place.hdu,
        None if weights is None else weights.hdu,
        place.layer,
        None if weights is None else weights.layer,
        len(set(units)) == 1,
    )


def _weights(images: _Images, stokes: str, usual: ImagePlace) -> ImagePlace:
    """The weights of a plane where there are such, else those of the map."""
    for place, image in images.items():
        header = image.header
        stated = str(header.get("WTYPE", "")).strip().upper() or _name(header)
        is_own = place.hdu == usual.hdu and stated_stokes(header) == stokes
        if (is_own or stated in _weights_of(stokes)) and _is_alike(images[usual], image):
            return place
    return usual


def _weights_of(stokes: str) -> tuple[str, ...]:
    """Names of the weights of a plane."""
    twice = stokes * 2
    ends = (f"{first}_{each}" for first in ("WGT", "WEIGHT") for each in (stokes, twice))
    return (twice, f"W{twice}", *ends) if len(stokes) == 1 else tuple(ends)


def _is_alike(first: Any, second: Any) -> bool:
    """Whether two images lie on one grid."""
    try:
        return first.shape == second.shape and different_card(first.header, second.header) is None
    except MapError:
        return False


def _units(header: fits.Header) -> tuple[str, ...]:
    return tuple(str(header.get(name, "")).strip() for name in _UNITS)


def _name(header: fits.Header) -> str:
    return str(header.get("EXTNAME", "")).strip().upper()


def _rank(image: Any) -> int:
    stokes = stated_stokes(image.header)
    return _ORDER.index(stokes) if stokes else len(_ORDER)
