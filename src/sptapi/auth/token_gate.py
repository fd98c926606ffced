"""From the text of an Authorization header to an identity."""

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from sptapi.auth.access_tokens import InvalidTokenError, KeySet, issuer, verify
from sptapi.auth.identity import Identity
from sptapi.auth.policy import identify
from sptapi.auth.short_tokens import is_short_token_id, short_token_id
from sptjobs.settings import Settings
from sptjobs.store.accounts import read_account
from sptjobs.store.database import Database
from sptjobs.store.tokens import TokenRow, read_token
from sptjobs.uws.errors import AuthenticationError

_SCHEME = re.compile(r"bearer\b", re.IGNORECASE)
# The last character of a signature of 32 bytes holds four bits. Were the other two
# let through, one token could be written in four ways.
_HEADER = re.compile(
    r"(?i:bearer) +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]) *"
)
_SHORT = re.compile(r"(?i:bearer) +(spt_[0-9A-Za-z]{32}) *")
_FRESH_S = 4.0
"""How long a row that was read is believed. With the time of a request in flight,
this keeps the promise that a revocation is felt everywhere within 5 s."""

_MAX_CACHED = 4096


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature and claims hold, and whom its row last gave.

    A short token claims its id alone.
    """

    claims: dict[str, Any]
    identity: Identity
    expires: float
    fresh_until: float


@dataclass(frozen=True, slots=True)
class TokenGate:
    """Checks bearer tokens; remembers what it found for a few seconds.

    That is how long a revoked token, or a member who left, may still get in. A
    signature is not computed again for a token that was seen before.

    Attributes
    ----------
    used
        When each token was last used; :func:`sptapi.auth.token_usage.recorded_usage` empties it.
    """

    settings: Settings
    database: Database
    keys: KeySet
    used: dict[str, datetime] = field(default_factory=dict)
    _verified: OrderedDict[bytes, _Verified] = field(default_factory=OrderedDict)
    _looking: WeakValueDictionary[bytes, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @classmethod
    def of(cls, settings: Settings, database: Database) -> "TokenGate":
        """Make the gate of a deployment."""
        return cls(settings, database, KeySet.of(settings.token_key))

    async def admit(self, headers: Sequence[str]) -> Identity:
        """Give the identity that the Authorization headers of a request prove.

        Raises
        ------
        AuthenticationError
            There is none, or it is of another scheme.
        InvalidTokenError
            There are several, or it holds no token, or not one that holds.
        """
        if not headers:
            raise AuthenticationError("this address needs an access token")
        if len(headers) > 1:
            raise InvalidTokenError("there are several Authorization headers")
        # The digest, not the token, is what stays in memory.
        digest = hashlib.sha256(headers[0].encode("utf-8", "surrogateescape")).digest()
        known = self._verified.get(digest)
        if known is None or time.monotonic() >= known.fresh_until:
            known = await self._known_anew(digest, headers[0])
        if known.expires <= time.time():
            raise InvalidTokenError("the token has expired")
        self.used[known.identity.credential_id] = datetime.now(UTC)
        return known.identity

    def forget(self) -> None:
        """Look at every row again: this process has just changed some."""
        self._verified.clear()

    async def _known_anew(self, digest: bytes, header: str) -> _Verified:
        """Look a token up; of many requests with the same one the first does it for all."""
        async with self._looking.setdefault(digest, asyncio.Lock()):
            known = self._verified.get(digest)
            if known is not None and time.monotonic() < known.fresh_until:
                return known
            claims = self._check(header) if known is None else known.claims
            return await self._look_up(digest, claims)

    def _check(self, header: str) -> dict[str, Any]:
        if (short := _SHORT.fullmatch(header)) is not None:
            return {"jti": short_token_id(short[1])}
        match = _HEADER.fullmatch(header)
        if match is not None:
            return verify(match[1], self.keys, issuer(self.settings))
        if _SCHEME.match(header) is None:
            raise AuthenticationError("the Authorization header is of another scheme than Bearer")
        raise InvalidTokenError("the Authorization header holds no token")

    async def _look_up(self, digest: bytes, claims: dict[str, Any]) -> _Verified:
        self._verified.pop(digest, None)
        fresh_until = time.monotonic() + _FRESH_S  # from before the row is read
        async with self.database.read() as connection:
            row = await read_token(connection, claims["jti"])
            account = None if row is None else await read_account(connection, row.account_id)
        # The row must be the token's: a jti alone proves nothing.
        if row is None or account is None or not _belongs(row, claims):
            raise InvalidTokenError("the token is not valid")
        if row.revoked is not None or row.epoch != account.token_epoch:
            raise InvalidTokenError("the token has been revoked")
        identity = identify(
            account,
            self.settings,
            scopes=row.scopes,
            credential="token",
            credential_id=row.jti,
            chain=row.chain,
        )
        known = _Verified(claims, identity, row.expires.timestamp(), fresh_until)
        self._verified[digest] = known
        while len(self._verified) > _MAX_CACHED:
            self._verified.popitem(last=False)
        return known


def _belongs(row: TokenRow, claims: dict[str, Any]) -> bool:
    if "sub" not in claims:
        return is_short_token_id(row.jti)  # whose hash it is
    return (row.account_id, int(row.expires.timestamp())) == (claims["sub"], claims["exp"])
