"""What the provider says of itself (OpenID Connect Discovery 1.0; RFC 9207, section 3)."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError
from sptapi.auth.oidc.transport import Transport

_log = logging.getLogger(__name__)

_FRESH_S = 600.0
_CHECK_S = 15.0


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where the provider's endpoints are.

    Attributes
    ----------
    names_itself
        Whether its authorization responses must carry ``iss``.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    names_itself: bool


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Read the discovery document.

    Raises
    ------
    ProviderError
        The document is another issuer's, letter by letter, or lacks an endpoint.
    """
    if document.get("issuer") != issuer:
        raise ProviderError(f"the identity provider is not {issuer}: it names another issuer")

    def endpoint(name: str, *, needed: bool = True) -> str | None:
        url = document.get(name)
        if url is None and not needed:
            return None
        # As safe as the issuer itself, which may be plain HTTP on this machine only.
        if not isinstance(url, str) or urlsplit(url).scheme not in {
            "https",
            urlsplit(issuer).scheme,
        }:
            raise ProviderError(f"the identity provider names no usable {name}")
        return url

    return Metadata(
        authorization_endpoint=str(endpoint("authorization_endpoint")),
        token_endpoint=str(endpoint("token_endpoint")),
        jwks_uri=str(endpoint("jwks_uri")),
        userinfo_endpoint=endpoint("userinfo_endpoint", needed=False),
        end_session_endpoint=endpoint("end_session_endpoint", needed=False),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


@dataclass(slots=True)
class Discovery:
    """Reads the document when it is needed, and again after ten minutes."""

    transport: Transport
    issuer: str
    _known: Metadata | None = None
    _read_at: float = 0.0
    _checked_at: float = float("-inf")
    _fault: ProviderError | ProviderUnavailableError | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def metadata(self) -> Metadata:
        """Give the metadata; while the provider is away, what it said last.

        Raises
        ------
        ProviderUnavailableError
            It is away and never said anything.
        ProviderError
            What it says cannot be used.
        """
        async with self._lock:
            if self._known is not None and time.monotonic() - self._read_at < _FRESH_S:
                return self._known
            try:
                self._known = await self._read()
            except ProviderUnavailableError:
                if self._known is None:
                    raise
                _log.warning("the identity provider is away; its last description is used")
            self._read_at = time.monotonic()
            return self._known

    async def check(self) -> None:
        """See that the provider is there, asking it at most every 15 seconds.

        Raises
        ------
        ProviderUnavailableError, ProviderError
            It is away, or what it says cannot be used.
        """
        async with self._lock:
            if time.monotonic() - self._checked_at >= _CHECK_S:
                try:
                    self._known, self._fault = await self._read(), None
                    self._read_at = time.monotonic()
                except (ProviderError, ProviderUnavailableError) as error:
                    self._fault = error
                self._checked_at = time.monotonic()
            if self._fault is not None:
                raise type(self._fault)(self._fault.message)

    @property
    def origins(self) -> tuple[str, ...]:
        """Sites of the provider to which browsers are sent, as far as is known."""
        known = self._known
        urls = [
            self.issuer,
            known and known.end_session_endpoint,
            known and known.authorization_endpoint,
        ]
        parts = [urlsplit(url) for url in urls if url]
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))

    async def _read(self) -> Metadata:
        url = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        response = await self.transport.get(url)
        if not response.is_ok:
            raise ProviderError(f"the identity provider publishes no configuration at {url}")
        return read_metadata(response.document, self.issuer)
