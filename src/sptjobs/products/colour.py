"""Colour pictures: three bands of a target as red, green and blue."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import preview
from sptjobs.products.observations import unweighted_maps
from sptjobs.products.product import Asked, FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "colour"
BANDS = 3
"""Bands of a picture."""


def _check(asked: Asked) -> Iterator[ParameterError]:
    if len(asked.bands) != BANDS:
        message = (
            f"a colour picture shows {BANDS} bands, and {len(asked.bands)} are asked for;"
            f" name {BANDS} in BANDS"
        )
        yield ParameterError(message, field="PRODUCTS", value=NAME)


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    return unweighted_maps(maps, NAME, "are in no colour picture")


PRODUCT = Product(
    name=NAME,
    summary="a PNG picture of three bands as red, green and blue, for each target",
    needs=Needs.STAMP,
    output=FileKind(".png", "image/png", preview.picture_bytes, per=Per.TARGET),
    result=ResultKind("colours", "application/json"),
    # Each stamp is cut twice: to know which bands there are, and for its row.
    stamp_s=8.0e-4,
    pixel_s=1.0e-7,
    check=_check,
    warn=_warn,
    across_maps=True,
)
