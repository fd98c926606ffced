"""What products of single observations have in common."""

from collections.abc import Iterator

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
