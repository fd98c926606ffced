"""What a request is for: to read, or to change something."""

from typing import Final

from aiohttp import web

from sptapi.auth.policy import READ_DATA, READ_JOBS
from sptapi.keys import ACCESS

_READING: Final = {READ_JOBS, READ_DATA}


def only_reads(request: web.Request) -> bool:
    """Whether a request changes nothing, by its method or by its address.

    Long selections, searches and cutouts at once come by POST, and are read all the same.
    """
    if request.method in {"GET", "HEAD"}:
        return True
    match = request.match_info
    return match.http_exception is None and request.app[ACCESS][match.handler].scope in _READING
