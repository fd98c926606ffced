"""RESPONSEFORMAT: the format of a response, by its media type or a short name.

References
----------
DALI 1.1, section 3.4.3: it goes before the Accept header, what is not there is refused, and
the response's Content-Type is the media type that was asked for.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from aiohttp import web

from sptapi.http.bodies import query
from sptapi.parameters.controls import single
from sptjobs.uws.errors import ParameterError

_SHORT: Final = MappingProxyType(
    {
        "xml": "application/xml",
        "json": "application/json",
        "csv": "text/csv",
        "votable": "application/x-votable+xml",
        "fits": "application/fits",
        "parquet": "application/vnd.apache.parquet",
        "tar": "application/x-tar",
    }
)
"""What the standard and its programs call some formats."""


def response_format(request: web.Request, offered: Sequence[str]) -> str | None:
    """Find which of some media types RESPONSEFORMAT asks for; None without it.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        It asks for another one, or for several.
    """
    if not request.rel_url.raw_query_string:
        return None
    requested = single(query(request).fields, "RESPONSEFORMAT")
    if requested is None:
        return None
    name = requested.partition(";")[0].strip().lower()
    media_type = _SHORT.get(name, name)
    if media_type not in offered:
        message = f"must be one of {', '.join(offered)}"
        raise ParameterError(message, field="RESPONSEFORMAT", value=requested)
    return media_type
