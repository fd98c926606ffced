"""What products of single observations have in common."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products.product import Asked
from sptjobs.uws.errors import ParameterError


def is_epoch(record: MapRecord) -> bool:
    """Whether a map is a single observation, which has a time; coadds have none."""
    return record.tag is None


def needs_observations(asked: Asked, name: str, what: str) -> Iterator[ParameterError]:
    """Refuse a product of single observations where none are asked for.

    Parameters
    ----------
    what
        The product with its article, for the message.
    """
    if not asked.observations:
        message = (
            f"{what} needs single observations, and none are asked for; add "
            "DATE_START, DATE_END or TIME, or TMIN and TMAX to the rows"
        )
        yield ParameterError(message, field="PRODUCTS", value=name)


def epoch_problems(asked: Asked, name: str, what: str) -> Iterator[ParameterError]:
    """Refuse a product of the epochs of a target where none, or coadds alone, are asked for.

    Parameters
    ----------
    what
        The product with its article, for the message.
    """
    yield from needs_observations(asked, name, what)
    if asked.coadds and asked.products == (name,):
        message = f"a coadd of the archive is no epoch of {what}; leave it out, or take fits too"
        yield ParameterError(message, field="COADD", value=asked.coadds[0])


def unweighted_epochs(maps: Sequence[MapRecord], name: str, lack: str) -> Iterator[ParameterError]:
    """Warn of observations without weights, which ``lack`` a place in a product."""
    yield from unweighted_maps([record for record in maps if is_epoch(record)], name, lack)


def unweighted_maps(maps: Sequence[MapRecord], name: str, lack: str) -> Iterator[ParameterError]:
    """Warn of maps without weights, which ``lack`` a place in a product."""
    without = sum(not record.has_weights for record in maps)
    if without:
        message = f"{without} of {len(maps)} maps have no weights, and {lack}"
        yield ParameterError(message, field="PRODUCTS", value=name)
