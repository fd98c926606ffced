"""Light curves: flux densities at each target, observation by observation."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from sptjobs.maps.record import MapRecord
from sptjobs.products.observations import is_epoch, needs_observations
from sptjobs.products.product import Asked, Needs, Product, ResultKind, TableKind
from sptjobs.uws.errors import ParameterError

NAME = "lightcurve"
FORMS = MappingProxyType(
    {
        "lightcurve.vot": "application/x-votable+xml",
        "lightcurve.fits": "application/fits",
        "lightcurve.csv": "text/csv; charset=utf-8; header=present",
        "lightcurve.json": "application/json",
        "lightcurve.parquet": "application/vnd.apache.parquet",
    }
)


def _check(asked: Asked) -> Iterator[ParameterError]:
    yield from needs_observations(asked, NAME, "a light curve")
    if asked.coadds and asked.products == (NAME,):
        message = "a coadd is no point of a light curve; leave it out, or take fits too"
        yield ParameterError(message, field="COADD", value=asked.coadds[0])


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    single = [record for record in maps if is_epoch(record)]
    without = sum(record.unit is None for record in single)
    if without:
        message = f"{without} of {len(single)} maps have no confirmed unit, and give no values"
        yield ParameterError(message, field="PRODUCTS", value=NAME)
    beamless = sorted({record.band for record in single if record.beam_arcmin is None})
    if beamless:
        message = f"no beam is confirmed for {', '.join(beamless)}, whose maps give no flux"
        yield ParameterError(message, field="PRODUCTS", value=NAME)


PRODUCT = Product(
    name=NAME,
    summary="one table with the flux density at each target in each single observation",
    needs=Needs.PIXEL,
    output=TableKind(FORMS, 200, is_epoch),
    result=ResultKind(NAME, FORMS["lightcurve.vot"]),
    stamp_s=2.5e-4,
    pixel_s=0.0,
    check=_check,
    warn=_warn,
)
