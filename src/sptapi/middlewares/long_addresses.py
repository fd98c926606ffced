"""Addresses that are too long."""

from aiohttp import web

from sptapi.http.address_length import MAX_ADDRESS
from sptapi.keys import Handler
from sptjobs.uws.errors import AddressTooLongError


@web.middleware
async def long_addresses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse an address that proxies would not let through either, and say what to do."""
    length = len(request.raw_path)
    if length > MAX_ADDRESS:
        raise AddressTooLongError(
            f"the address has {length} characters, {MAX_ADDRESS} are possible; "
            "send the parameters by POST, as a form"
        )
    return await handler(request)
