"""Preview pictures of stamps."""

from sptjobs.products.product import FileKind, Needs, Product, ResultKind

_BYTES, _BYTES_PER_PIXEL = 1400, 0.8
"""A picture: palette and header, and per pixel of the stamp."""


def picture_bytes(pixels: int) -> int:
    """Estimate the size of a picture of so many pixels of stamps."""
    return _BYTES + int(_BYTES_PER_PIXEL * pixels)


PRODUCT = Product(
    name="preview",
    summary="a PNG picture of the stamp, for each target and map",
    needs=Needs.STAMP,
    output=FileKind(".png", "image/png", picture_bytes),
    result=ResultKind("previews", "application/json"),
    stamp_s=8.0e-4,
    pixel_s=7.0e-8,
    takes_planes=True,
)
