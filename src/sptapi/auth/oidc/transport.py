"""How the service speaks to the identity provider: the only HTTP client of its own."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus

import aiohttp

from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError

_log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_MAX_BYTES = 1 << 20
_AWAY = "the identity provider does not respond; try again in a minute"


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """A status and the JSON object that came with it, empty when none did."""

    status: int
    document: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether the provider did what it was asked."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Transport:
    """Requests to the provider: no redirects, no cookies, no proxies, bounded responses."""

    client: aiohttp.ClientSession

    async def get(self, url: str, *, bearer: str | None = None) -> ProviderResponse:
        """GET a JSON document.

        Raises
        ------
        ProviderUnavailableError
            No response in time, or a 5xx.
        """
        return await self._ask("GET", url, headers=_headers(bearer))

    async def put(self, url: str, *, bearer: str) -> ProviderResponse:
        """PUT nothing: the address says it all."""
        return await self._ask("PUT", url, headers=_headers(bearer))

    async def post(
        self, url: str, fields: Mapping[str, str], *, client: tuple[str, str]
    ) -> ProviderResponse:
        """POST a form as a client, by ``client_secret_basic`` (RFC 6749, section 2.3.1)."""
        name, secret = (quote_plus(each) for each in client)
        headers = {
            "Accept": "application/json",
            "Authorization": aiohttp.encode_basic_auth(name, secret),
        }
        return await self._ask("POST", url, headers=headers, data=fields)

    async def _ask(self, method: str, url: str, **options: Any) -> ProviderResponse:
        try:
            async with self.client.request(method, url, allow_redirects=False, **options) as got:
                body = await _read(got)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("%s %s: %s", method, url, type(error).__name__)
            raise ProviderUnavailableError(_AWAY) from error
        if got.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("%s %s: status %d", method, url, got.status)
            raise ProviderUnavailableError(_AWAY)
        return ProviderResponse(got.status, await asyncio.to_thread(_object, body))


@asynccontextmanager
async def open_transport() -> AsyncIterator[Transport]:
    """Open the client, and close it."""
    async with aiohttp.ClientSession(
        timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as client:
        yield Transport(client)


def _headers(bearer: str | None) -> dict[str, str]:
    accepted = {"Accept": "application/json"}
    return accepted if bearer is None else accepted | {"Authorization": f"Bearer {bearer}"}


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ProviderError("the identity provider's response is too long")
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
