"""DALI's parameters of a response mean something, or they are refused."""

from aiohttp import web

from sptapi.keys import ACCESS, Handler
from sptjobs.request.vocabulary import OF_RESPONSES
from sptjobs.uws.errors import ParameterError


@web.middleware
async def response_parameters(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse RESPONSEFORMAT and MAXREC in the query string where they would be ignored."""
    match = request.match_info
    if request.rel_url.raw_query_string and match.http_exception is None:
        takes = request.app[ACCESS][match.handler].takes
        for name, value in request.query.items():
            if name.upper() in OF_RESPONSES - takes:
                message = "means nothing at this address; leave it out"
                raise ParameterError(message, field=name.upper(), value=value)
    return await handler(request)
