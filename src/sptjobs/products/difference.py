"""Differences: each observation of a target minus the coadd of its observations."""

from collections.abc import Iterator

from sptjobs.products import fits
from sptjobs.products.observations import needs_observations
from sptjobs.products.product import Asked, FileKind, Needs, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "difference"
SUFFIX, MEDIA_TYPE = "_difference.fits", "application/fits"


def _check(asked: Asked) -> Iterator[ParameterError]:
    yield from needs_observations(asked, NAME, "a difference")
    if asked.coadds and asked.products == (NAME,):
        message = (
            "which observations a coadd of the archive has is not known, so there are no "
            "differences against it; leave it out, or take fits too"
        )
        yield ParameterError(message, field="COADD", value=asked.coadds[0])


PRODUCT = Product(
    name=NAME,
    summary="a FITS file with the observation minus the coadd, for each target and observation",
    needs=Needs.STAMP,
    output=FileKind(SUFFIX, MEDIA_TYPE, fits.size_bytes),
    result=ResultKind("differences", "application/json"),
    # Each stamp is cut twice: for the coadd, and to be compared with it.
    stamp_s=8.0e-4,
    pixel_s=1.0e-7,
    check=_check,
    across_maps=True,
)
