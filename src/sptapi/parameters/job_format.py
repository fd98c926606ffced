"""DALI's parameters of a response, where a job is made: they mean something or are refused.

References
----------
DALI 1.1, sections 3.4.3 "MAXREC" and 3.4.4 "RESPONSEFORMAT".
"""

from sptapi.parameters.controls import Fields, single
from sptapi.parameters.sync import FORMATS
from sptjobs.uws.errors import ParameterError


def check_response(fields: Fields) -> None:
    """Refuse a format that stamps are not made in, and a limit that means nothing to them.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        What is asked for is not what a job makes, or is asked for twice.
    """
    requested = single(fields, "RESPONSEFORMAT")
    if requested is not None and _product(requested) != "fits":
        message = "a job makes application/fits; PRODUCTS asks for pictures and tables beside"
        raise ParameterError(message, field="RESPONSEFORMAT", value=requested)
    limit = single(fields, "MAXREC")
    if limit is not None:
        message = "limits tables of searches; a job cuts all of its targets, leave it out"
        raise ParameterError(message, field="MAXREC", value=limit)


def _product(requested: str) -> str | None:
    """The product that a format is of; None of one that is not known."""
    return FORMATS.get(requested.partition(";")[0].strip().lower(), ("", None))[1]
