"""Coadds: the weighted mean of the stamps of a target over the observations of a job."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import fits
from sptjobs.products.observations import needs_observations, unweighted_epochs
from sptjobs.products.product import Asked, FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "coadd"
MEDIA_TYPE = "application/fits"
_INPUTS_BYTES = 3 * 2880


def _check(asked: Asked) -> Iterator[ParameterError]:
    yield from needs_observations(asked, NAME, "a coadd")
    if asked.coadds and asked.products == (NAME,):
        message = "a coadd of the archive is no part of one that is made; take fits too"
        yield ParameterError(message, field="COADD", value=asked.coadds[0])


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    return unweighted_epochs(maps, NAME, "are in no coadd")


def mean_size_bytes(pixels: int) -> int:
    """Estimate the size of a file of so many pixels."""
    return fits.size_bytes(pixels) + _INPUTS_BYTES


PRODUCT = Product(
    name=NAME,
    summary="a FITS file with the weighted mean of all observations, for each target and band",
    needs=Needs.STAMP,
    output=FileKind(".fits", MEDIA_TYPE, mean_size_bytes, per=Per.BAND_OF_TARGET),
    result=ResultKind("coadds", "application/json"),
    stamp_s=1.0e-4,
    pixel_s=3.0e-8,
    check=_check,
    warn=_warn,
    across_maps=True,
)
