"""Who acts, for the audit log."""

from aiohttp import web

from sptapi.keys import ADDRESS, IDENTITY, REQUEST_ID
from sptjobs.store.audit import Actor


def actor(request: web.Request) -> Actor:
    """Describe who sent a request, as far as it is known."""
    origin = Actor(address=request[ADDRESS], request_id=request[REQUEST_ID])
    if IDENTITY not in request:
        return origin
    identity = request[IDENTITY]
    return Actor(identity.account_id, identity.name, origin.address, origin.request_id)
