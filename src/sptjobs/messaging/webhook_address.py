"""Where a webhook may lead: to servers of the internet, not to what only this service reaches.

A user names the address and this service asks for it, from inside of its network. So the name
is looked up, and what it stands for is looked at, before anything is sent; the connection goes
to what was looked at, however the name changes meanwhile.

References
----------
RFC 6890 (special-purpose addresses), RFC 6052 (IPv4 in IPv6), RFC 4291 section 2.5.5.2.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sptjobs.settings.settings import Network

LONGEST_URL: Final = 2_000
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_BITS: Final = 0xFFFFFFFF

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookAddressError(ValueError):
    """An address that no webhook leads to; the message says why."""


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """An address, taken apart; ``target`` is the path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def parse_webhook_address(url: str, networks: Sequence[Network] = ()) -> WebhookAddress:
    """Take an address apart, and refuse what cannot be one.

    Parameters
    ----------
    networks
        Private networks that the operator lets webhooks lead to; plain HTTP is for them only.

    Raises
    ------
    WebhookAddressError
        It is no HTTPS address of a host, names a user, or an address inside by its number.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookAddressError(f"must be at most {LONGEST_URL} ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WebhookAddressError("is no address") from error
    if parts.scheme not in ({"https", "http"} if networks else {"https"}) or not host:
        raise WebhookAddressError("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise WebhookAddressError("must not hold a user or password; the signature says who sends")
    if port == 0:
        raise WebhookAddressError("has no port 0")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = port or (443 if parts.scheme == "https" else 80)
    found = WebhookAddress(parts.scheme, host, port, target)
    if (number := _number(host)) is not None:
        check_reachable(number, found, networks)
    return found


def look_up(address: WebhookAddress, networks: Sequence[Network] = ()) -> list[str]:
    """Look an address's host up, and give where it is; blocks.

    Raises
    ------
    WebhookAddressError
        It is not known, or one of the places that it stands for is inside.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookAddressError(f"the host {address.host} is not known") from error
    places = list(dict.fromkeys(str(each[4][0]) for each in found))
    for place in places:
        check_reachable(ipaddress.ip_address(place.partition("%")[0]), address, networks)
    return places


def check_reachable(
    number: IpAddress, address: WebhookAddress, networks: Sequence[Network]
) -> None:
    """Refuse a place that is not on the internet, unless the operator lets it in.

    Raises
    ------
    WebhookAddressError
        It is a private, local, multicast or otherwise special one.
    """
    real = embedded(number)
    if any(real.version == network.version and real in network for network in networks):
        return
    if address.scheme != "https":
        raise WebhookAddressError("must begin with https://")
    if not real.is_global or real.is_multicast or real.is_reserved:
        raise WebhookAddressError(f"the host {address.host} is not on the internet")


def embedded(number: IpAddress) -> IpAddress:
    """Give the IPv4 address that an IPv6 address stands for, else the address itself."""
    if isinstance(number, ipaddress.IPv4Address):
        return number
    if number in _NAT64:
        return ipaddress.IPv4Address(int(number) & _IPV4_BITS)
    teredo = number.teredo
    return number.ipv4_mapped or number.sixtofour or (teredo[1] if teredo else number)


def _number(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
