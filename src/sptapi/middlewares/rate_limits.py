"""Limits on how often the same may be tried."""

from ipaddress import IPv6Address, ip_address, ip_network
from types import MappingProxyType

from aiohttp import web

from sptapi.auth.access_tokens import InvalidTokenError
from sptapi.keys import ACCESS, ADDRESS, IDENTITY, RATES, Handler
from sptapi.metrics import REFUSED_REQUESTS
from sptjobs.uws.errors import RateError, ServiceError

_FAILURES = frozenset({"callback"})
"""Rules that count only what failed."""

_BY_ADDRESS = frozenset({"login", "callback", "backchannel-logout", "access"})
_SUBJECTS = MappingProxyType({"refresh": "chain"})
"""Rules that count by something else of the identity than its account."""


@web.middleware
async def bad_tokens(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Slow down who sends tokens that do not hold; good ones are never counted.

    So a program that goes on with a dead token does not lock out its neighbours
    behind the same address.
    """
    try:
        return await handler(request)
    except InvalidTokenError:
        await _take(request, "bearer", network_of(request[ADDRESS]))
        raise


@web.middleware
async def rate_limits(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request under the rule of its address, if there is one."""
    match = request.match_info
    rule = None if match.http_exception else request.app[ACCESS][match.handler].rate
    if rule is None:
        return await handler(request)
    if rule not in _FAILURES:
        await _take(request, rule, _subject(request, rule))
        return await handler(request)
    try:
        response = await handler(request)
    except ServiceError:
        await _take(request, rule, _subject(request, rule))
        raise
    return response


async def _take(request: web.Request, rule: str, subject: str) -> None:
    try:
        await request.app[RATES].take(rule, subject)
    except RateError:
        REFUSED_REQUESTS.labels(rule).inc()
        raise


def network_of(address: str) -> str:
    """Give what one customer of a provider has: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found), 64), strict=False).network_address)
    return str(found)


def _subject(request: web.Request, rule: str) -> str:
    if rule in _BY_ADDRESS:
        return network_of(request[ADDRESS])
    # A session has no chain; its request is refused further in.
    subject: str | None = getattr(request[IDENTITY], _SUBJECTS.get(rule, "account_id"))
    return subject or request[IDENTITY].account_id
