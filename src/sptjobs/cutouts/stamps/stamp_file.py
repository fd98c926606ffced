"""The FITS file of a stamp, as bytes that depend on nothing but map and request."""

from typing import Any

from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.header_bytes import card, hdu_bytes
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate, stamp_cards
from sptjobs.formats.map_format import Plane
from sptjobs.uws.ascii_text import ascii_text


def stamp_file(template: HeaderTemplate, target: PartTarget, stamp: Stamp) -> bytes:
    """An empty primary HDU that names the sources, then images SCI and WGT."""
    about = stamp_cards(stamp, target)
    primary = (
        card("SIMPLE", value=True, comment="conforms to FITS standard")
        + card("BITPIX", 8)
        + card("NAXIS", 0)
        + card("EXTEND", value=True)
        + card("OBJECT", ascii_text(target.objid), "name of the target")
        + template.primary
    )
    shared = template.wcs_cards(stamp)
    sci = shared + template.shifted_cards(Plane.SCI, stamp) + about + template.sci
    wgt = shared + template.shifted_cards(Plane.WGT, stamp) + about + template.wgt
    return hdu_bytes(primary) + _image(stamp.sci, "SCI", sci) + _image(stamp.wgt, "WGT", wgt)


def _image(pixels: NDArray[Any], name: str, cards: str) -> bytes:
    ny, nx = pixels.shape
    size = pixels.dtype.itemsize
    structure = (
        card("XTENSION", "IMAGE", "image extension")
        + card("BITPIX", -8 * size)
        + card("NAXIS", 2)
        + card("NAXIS1", nx)
        + card("NAXIS2", ny)
        + card("PCOUNT", 0)
        + card("GCOUNT", 1)
        + card("EXTNAME", name)
    )
    return hdu_bytes(structure + cards, pixels.astype(f">f{size}", copy=False).tobytes())
