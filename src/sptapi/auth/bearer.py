"""From the text of an Authorization header to an identity."""

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sptapi.auth.identity import Identity
from sptapi.auth.policy import identify
from sptapi.auth.tokens import InvalidTokenError, KeySet, issuer, verify
from sptjobs.settings import Settings
from sptjobs.store.accounts import Account, TokenRow, read_account, read_token
from sptjobs.store.database import Database
from sptjobs.uws.errors import AuthenticationError

_HEADER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_FRESH_S = 5.0
_MOST_CACHED = 4096


@dataclass(frozen=True, slots=True)
class _Known:
    checked: float
    row: TokenRow
    account: Account


@dataclass(frozen=True, slots=True)
class TokenGate:
    """Checks bearer tokens; remembers rows for at most five seconds.

    That is how long a revoked token, or a member who left, may still get in.
    """

    settings: Settings
    database: Database
    keys: KeySet
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, settings: Settings, database: Database) -> "TokenGate":
        """Make the gate of a deployment."""
        return cls(settings, database, KeySet.of(settings.token_key))

    async def admit(self, header: str | None) -> Identity:
        """Give the identity that an Authorization header proves.

        Raises
        ------
        AuthenticationError
            There is no header.
        InvalidTokenError
            It is not a bearer token, or not one that holds.
        AuthorizationError
            The user is in no allowed group.
        """
        if header is None:
            raise AuthenticationError("this address needs an access token")
        match = _HEADER.fullmatch(header)
        if match is None:
            raise InvalidTokenError("the Authorization header holds no bearer token")
        claims = verify(match[1], self.keys, issuer(self.settings))
        known = await self._look_up(str(claims["jti"]))
        if known.row.revoked is not None:
            raise InvalidTokenError("the token has been revoked")
        # The row must be the token's: a jti alone proves nothing.
        if known.row.account_id != claims["sub"] or known.row.expires < datetime.now(UTC):
            raise InvalidTokenError("the token does not hold")
        row = known.row
        return identify(
            known.account,
            self.settings,
            scopes=row.scopes,
            credential="token",
            credential_id=row.jti,
        )

    async def _look_up(self, jti: str) -> _Known:
        known = self._known.get(jti)
        if known is not None and time.monotonic() - known.checked < _FRESH_S:
            return known
        async with self.database.read() as connection:
            row = await read_token(connection, jti)
            account = None if row is None else await read_account(connection, row.account_id)
        if row is None or account is None:
            raise InvalidTokenError("the token does not hold")
        known = self._known[jti] = _Known(time.monotonic(), row, account)
        self._known.move_to_end(jti)
        while len(self._known) > _MOST_CACHED:
            self._known.popitem(last=False)
        return known
