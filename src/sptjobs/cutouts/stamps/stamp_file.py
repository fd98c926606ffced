"""The FITS file of a stamp, as bytes that depend on nothing but map and request."""

from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.header_bytes import card, hdu_bytes
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate, about_cards
from sptjobs.formats.map_content import Plane

_BEGINS = {
    Plane.SCI: card("SIMPLE", value=True, comment="conforms to FITS standard"),
    Plane.WGT: card("XTENSION", "IMAGE", "image extension"),
}
_COUNTS = {
    Plane.SCI: card("EXTEND", value=True),
    Plane.WGT: card("PCOUNT", 0) + card("GCOUNT", 1),
}
_LONG_TEXTS = card("LONGSTRN", "OGIP 1.0", "long texts go on in CONTINUE cards")


def stamp_file(template: HeaderTemplate, target: PartTarget, stamp: Stamp) -> bytes:
    """SCI as the primary HDU, WGT as the one extension, where the map has weights."""
    return b"".join(
        hdu_bytes(structure_cards(plane, pixels[None])(cards) + cards, _data(pixels))
        for plane, pixels, cards in stamp_images(template, target, stamp)
    )


def stamp_images(
    template: HeaderTemplate, target: PartTarget, stamp: Stamp
) -> Iterator[tuple[Plane, NDArray[Any], str]]:
    """The images of a stamp's file, and the cards of each behind those of its structure."""
    place = stamp.targ_x, stamp.targ_y
    shared = template.wcs_cards(stamp)
    about = about_cards(
        target, place, stamp.north, stamp.covered, stamp.noise, centre=stamp.centre_covered
    )
    for plane, pixels in ((Plane.SCI, stamp.sci), (Plane.WGT, stamp.wgt)):
        if plane in template.common:
            shifted = template.shifted_cards(plane, stamp.wcs)
            yield plane, pixels, shared + shifted + about + template.common[plane]


def _data(pixels: NDArray[Any]) -> bytes:
    return pixels.astype(f">f{pixels.dtype.itemsize}", copy=False).tobytes()


def structure_cards(plane: Plane, pixels: NDArray[Any]) -> Callable[[str], str]:
    """The cards that a header begins with, by the cards that follow them.

    Parameters
    ----------
    pixels
        Shape (n, ny, nx), of stamps of one shape.
    """
    _, ny, nx = pixels.shape
    structure = (
        _BEGINS[plane]
        + card("BITPIX", -8 * pixels.dtype.itemsize)
        + card("NAXIS", 2)
        + card("NAXIS1", nx)
        + card("NAXIS2", ny)
        + _COUNTS[plane]
        + card("EXTNAME", plane.value)
    )
    return lambda cards: structure + _LONG_TEXTS if "CONTINUE" in cards else structure
