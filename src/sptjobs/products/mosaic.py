"""Mosaics: the weighted mean of the maps of one tag that a stamp straddles."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import coadd
from sptjobs.products.observations import is_epoch, unweighted_maps
from sptjobs.products.product import FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "mosaic"


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    tagged = [record for record in maps if not is_epoch(record)]
    if maps and not tagged:
        message = "the maps are single observations; mosaics are of coadds, take coadd instead"
        yield ParameterError(message, field="PRODUCTS", value=NAME)
    yield from unweighted_maps(tagged, NAME, "are in no mosaic")


PRODUCT = Product(
    name=NAME,
    summary="a FITS file with the weighted mean of the maps of a tag, for each target and band",
    needs=Needs.STAMP,
    output=FileKind(".fits", coadd.MEDIA_TYPE, coadd.mean_size_bytes, per=Per.BAND_OF_TARGET),
    result=ResultKind("mosaics", "application/json"),
    stamp_s=1.0e-4,
    pixel_s=3.0e-8,
    warn=_warn,
    across_maps=True,
)
