"""FITS stamps: the pixels around a target with their weights, WCS and provenance."""

from sptjobs.products.product import FileKind, Needs, Product

_BLOCK = 2880
_HEADERS = 4 * _BLOCK
"""Headers of a stamp: two blocks for each of its two images."""

_BYTES_PER_PIXEL = 4
"""Maps hold single-precision numbers."""


def size_bytes(pixels: int) -> int:
    """Estimate the size of a file of so many pixels."""
    plane = -(-pixels * _BYTES_PER_PIXEL // _BLOCK) * _BLOCK
    return _HEADERS + 2 * plane


PRODUCT = Product(
    name="fits",
    summary="a FITS file with the stamp's pixels and weights, for each target and map",
    needs=Needs.STAMP,
    output=FileKind(".fits", "application/fits", size_bytes),
    result=None,
    # In the cost of the stamp itself, which was measured with its file.
    stamp_s=0.0,
    pixel_s=0.0,
    takes_planes=True,
)
