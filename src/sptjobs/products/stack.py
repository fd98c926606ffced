"""Stacks: the weighted mean of the stamps of many targets."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import fits
from sptjobs.products.observations import unweighted_maps
from sptjobs.products.product import FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "stack"
FOLDER = "stacks"
"""Where the files of stacks are, below the out folder; no target's folder is called so."""


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    return unweighted_maps(maps, NAME, "are in no stack")


def _size_bytes(pixels: int) -> int:
    # Four planes, and a table of targets that is not counted.
    return 2 * fits.size_bytes(pixels)


PRODUCT = Product(
    name=NAME,
    summary="a FITS file with the weighted mean of all targets and its errors, for each band",
    needs=Needs.STAMP,
    output=FileKind(".fits", "application/fits", _size_bytes, per=Per.BAND),
    result=ResultKind("stacks", "application/json"),
    stamp_s=1.5e-4,
    pixel_s=6.0e-8,
    warn=_warn,
    across_targets=True,
)
