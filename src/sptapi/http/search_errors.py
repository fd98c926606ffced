"""Errors of searches: tables like all else that they respond with.

References
----------
DALI 1.1, section 4.2.
"""

from http import HTTPStatus

from aiohttp import web

from sptapi.http.accept import preferred
from sptapi.parameters.controls import Fields
from sptapi.representations.votable import CONTENT_TYPE, error_document
from sptjobs.uws.errors import UsageError


def search_error(request: web.Request, fields: Fields, error: UsageError) -> web.Response:
    """Say in a VOTable why a query is refused; raise the error where another form is requested.

    Raises
    ------
    UsageError
        The error: it is shown as those of other addresses are.
    """
    formats = [value.lower() for name, value in fields if name == "RESPONSEFORMAT"]
    others = ("application/json", "application/problem+json")
    asks = preferred(request.headers.get("Accept", ""), (CONTENT_TYPE, *others))
    if asks in others or any("json" in each or "csv" in each for each in formats):
        raise error
    return web.Response(
        body=error_document(f"{error.code}: {error.message}"),
        status=HTTPStatus.BAD_REQUEST,
        content_type=CONTENT_TYPE,
    )
