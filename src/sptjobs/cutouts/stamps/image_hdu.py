"""An image of any number of axes as an HDU."""

from typing import Any

from numpy.typing import NDArray

from sptjobs.cutouts.stamps.header_bytes import card, cards, hdu_bytes


def image_hdu(name: str, pixels: NDArray[Any], about: str, *, is_primary: bool) -> bytes:
    """Write an image.

    Parameters
    ----------
    pixels
        Floating point, or integers of 4 bytes; the last axis is the first of FITS.
    about
        Cards behind those of the structure.
    """
    size, is_float = pixels.dtype.itemsize, pixels.dtype.kind == "f"
    data = pixels.astype(f">{pixels.dtype.kind}{size}", copy=False).tobytes()
    first = (
        card("SIMPLE", value=True, comment="conforms to FITS standard")
        if is_primary
        else card("XTENSION", "IMAGE", "image extension")
    )
    counts = [("EXTEND", True, "")] if is_primary else [("PCOUNT", 0, ""), ("GCOUNT", 1, "")]
    axes = [(f"NAXIS{n}", side, "") for n, side in enumerate(reversed(pixels.shape), start=1)]
    structure = cards(
        [
            ("BITPIX", -8 * size if is_float else 8 * size, ""),
            ("NAXIS", pixels.ndim, ""),
            *axes,
            *counts,
            ("EXTNAME", name, ""),
        ]
    )
    long = card("LONGSTRN", "OGIP 1.0", "long texts go on in CONTINUE cards")
    more = long if "CONTINUE" in about else ""
    return hdu_bytes(first + structure + more + about, data)
