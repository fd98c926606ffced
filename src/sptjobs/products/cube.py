"""Cubes: all observations of a target in one file, in order of time."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import fits
from sptjobs.products.observations import epoch_problems, unweighted_epochs
from sptjobs.products.product import Asked, FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "cube"
_EPOCHS_BYTES = 3 * 2880


def _check(asked: Asked) -> Iterator[ParameterError]:
    return epoch_problems(asked, NAME, "a cube")


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    return unweighted_epochs(maps, NAME, "are in no cube")


def _size_bytes(pixels: int) -> int:
    return fits.size_bytes(pixels) + _EPOCHS_BYTES


PRODUCT = Product(
    name=NAME,
    summary="a FITS cube of all observations in order of time, for each target and band",
    needs=Needs.STAMP,
    output=FileKind(".fits", "application/fits", _size_bytes, per=Per.BAND_OF_TARGET),
    result=ResultKind("cubes", "application/json"),
    stamp_s=1.0e-4,
    pixel_s=3.0e-8,
    check=_check,
    warn=_warn,
    across_maps=True,
    keeps_stamps=True,
)
