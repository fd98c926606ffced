"""Every request is counted and timed, by the pattern of its address."""

import time
from functools import cache

from aiohttp import web

from sptapi.keys import Handler
from sptapi.metrics import METHODS, REQUEST_DURATION, REQUESTS

_GONE = 499
"""Status of a request whose client went away."""

# Methods, patterns and statuses are few; finding their counters takes longer than counting.
_requests = cache(REQUESTS.labels)
_duration = cache(REQUEST_DURATION.labels)


@web.middleware
async def measuring(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request and how long it took."""
    method = request.method if request.method in METHODS else "other"
    resource = request.match_info.route.resource
    route = "none" if resource is None else resource.canonical
    begun, status = time.perf_counter(), _GONE
    try:
        response = await handler(request)
        status = response.status
    finally:
        _requests(method, route, status).inc()
        _duration(method, route).observe(time.perf_counter() - begun)
    return response
