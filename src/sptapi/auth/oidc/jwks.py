"""The provider's signing keys (RFC 7517), kept and fetched again as they rotate.

Fetched again after ten minutes, and at once for a key id that is not known, but
by one request at a time and at most every three seconds: whoever comes earlier
waits. Old keys stay while a fetch fails.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError

_log = logging.getLogger(__name__)

_FRESH_S = 600.0
_MIN_PAUSE_S = 3.0
# Kind and curve of the keys of the algorithms that are accepted at all.
_KINDS = {"RS256": ("RSA", None), "PS256": ("RSA", None), "ES256": ("EC", "P-256")}
ALGORITHMS = frozenset(_KINDS)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key with what its JWK says of its use."""

    kid: str | None
    kind: tuple[str, str | None]
    algorithm: str | None
    key: Any

    def may_verify(self, kid: str | None, algorithm: str) -> bool:
        """Whether a signature with these header fields may be this key's."""
        return (
            kid in {None, self.kid}
            and self.kind == _KINDS[algorithm]
            and self.algorithm in {None, algorithm}
        )


def read_keys(document: Mapping[str, Any]) -> list[SigningKey]:
    """Read a key set; keys that are no signing keys, or cannot be read, are left out."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise ProviderError("the identity provider has no key set")
    return [key for entry in entries if (key := _read_key(entry)) is not None]


def _read_key(entry: Any) -> SigningKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kind = (entry.get("kty"), entry.get("crv"))
    kid, algorithm = entry.get("kid"), entry.get("alg")
    if kind not in _KINDS.values() or algorithm not in {None, *_KINDS}:
        return None
    try:
        default = next(name for name, each in _KINDS.items() if each == kind)
        key = jwt.PyJWK(entry, algorithm=default).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return SigningKey(
        kid if isinstance(kid, str) else None, (str(kind[0]), kind[1]), algorithm, key
    )


class KeyCache:
    """The keys as last seen.

    Parameters
    ----------
    fetch
        Gets the key set from the provider.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._fetch = fetch
        self._keys: list[SigningKey] = []
        self._lock = asyncio.Lock()
        self._fetched_at = self._tried_at = float("-inf")
        self._tries = 0

    async def find(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        """Give the keys that may have made a signature, fetching if none is known.

        Raises
        ------
        ProviderUnavailableError
            The keys cannot be fetched, and never were.
        """
        if time.monotonic() - self._fetched_at > _FRESH_S:
            await self.fetch_again()
        found = self._select(kid, algorithm)
        if not found:
            await self.fetch_again()
            found = self._select(kid, algorithm)
        return found

    async def fetch_again(self) -> None:
        """Fetch the keys, unless somebody else does so meanwhile."""
        seen = self._tries
        async with self._lock:
            if self._tries != seen:
                return
            await asyncio.sleep(self._tried_at + _MIN_PAUSE_S - time.monotonic())
            try:
                await self._replace()
            finally:
                self._tries += 1
                self._tried_at = time.monotonic()

    async def _replace(self) -> None:
        try:
            self._keys = read_keys(await self._fetch())
        except (ProviderUnavailableError, ProviderError):
            if not self._keys:
                raise
            _log.warning("the provider's keys cannot be fetched; the known ones are used")
        self._fetched_at = time.monotonic()

    def _select(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        return [key for key in self._keys if key.may_verify(kid, algorithm)]
