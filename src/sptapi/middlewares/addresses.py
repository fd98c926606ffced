"""Where a request comes from."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from sptapi.keys import ADDRESS, SETTINGS, Handler
from sptjobs.settings import Network

_UNKNOWN = "unknown"


@web.middleware
async def client_addresses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note the client's address.

    X-Forwarded-Proto and X-Forwarded-Host are read nowhere: the public URL says
    what clients use, and that cannot be forged.
    """
    forwarded = request.headers.getall("X-Forwarded-For", ())
    trusted = request.app[SETTINGS].trusted_proxies
    request[ADDRESS] = client_address(request.remote, forwarded, trusted)
    return await handler(request)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Find the client among the addresses that a request tells.

    From the right, because each proxy appends the address that it saw: the first one
    that is no trusted proxy is the client. What stands left of it the client wrote.

    Parameters
    ----------
    peer
        Address of the other end of the connection.
    forwarded
        The X-Forwarded-For headers, in their order.
    """
    address = _read(peer or "")
    if address is None:
        return _UNKNOWN
    hops = [hop.strip() for hop in ",".join(forwarded).split(",")]
    while hops and any(address in network for network in trusted):
        before = _read(hops.pop())
        if before is None:
            break  # nobody known: the proxy that said so is the last one that is
        address = before
    return str(address)


@lru_cache(maxsize=256)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # An IPv4 client of a socket that listens on both.
    return getattr(address, "ipv4_mapped", None) or address
