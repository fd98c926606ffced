"""Access tokens: how the service's own are made and checked.

References
----------
RFC 7519 (JWT), RFC 7518 section 3.2 (key length), RFC 8725 section 3.11 (typ).
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from sptapi.auth.policy import ALL_SCOPES
from sptjobs.settings import Settings, SettingsError
from sptjobs.store.accounts import TokenRow
from sptjobs.uws.errors import AuthenticationError

ALGORITHM: Final = "HS256"
TOKEN_TYPE: Final = "spt-api+jwt"  # noqa: S105 - a media type, not a secret
AUDIENCE: Final = "spt3g-data-service"
_CLOCK_SKEW_S = 5
_LEAST_KEY_BYTES = 32
_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "scope", "chain", "chain_start")
_DECODER = jwt.PyJWT(options={"enforce_minimum_key_length": True})


class InvalidTokenError(AuthenticationError):
    """A token was sent, and it does not hold."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by their id. The first one signs, every one verifies, so keys can rotate."""

    signing_id: str
    keys: Mapping[str, bytes]

    @classmethod
    def of(cls, text: str) -> "KeySet":
        """Read keys, separated by white space, from the setting.

        Raises
        ------
        SettingsError
            There is none, or one is shorter than 32 bytes.
        """
        secrets = [secret.encode() for secret in text.split()]
        if not secrets:
            raise SettingsError("SPT_TOKEN_KEY: is not set")
        if any(len(secret) < _LEAST_KEY_BYTES for secret in secrets):
            raise SettingsError("SPT_TOKEN_KEY: every key must be at least 32 bytes long")
        keys = {hashlib.sha256(secret).hexdigest()[:12]: secret for secret in secrets}
        return cls(next(iter(keys)), keys)


def issuer(settings: Settings) -> str:
    """Name the deployment: tokens of another one do not hold here."""
    return settings.public_url + settings.base_path


def new_token_row(account_id: str, *, ttl: timedelta, now: datetime) -> TokenRow:
    """Describe a new token that begins a chain of its own."""
    issued = now.astimezone(UTC).replace(microsecond=0)
    jti = uuid.uuid4().hex
    return TokenRow(
        jti=jti,
        account_id=account_id,
        chain=uuid.uuid4().hex,
        chain_start=issued,
        issued=issued,
        expires=issued + ttl,
        scopes=ALL_SCOPES,
    )


def sign(row: TokenRow, settings: Settings) -> str:
    """Write the token that a row describes. Groups are left out: they are looked up."""
    keys = KeySet.of(settings.token_key)
    claims = {
        "iss": issuer(settings),
        "aud": AUDIENCE,
        "sub": row.account_id,
        "iat": int(row.issued.timestamp()),
        "exp": int(row.expires.timestamp()),
        "jti": row.jti,
        "scope": " ".join(row.scopes),
        "chain": row.chain,
        "chain_start": int(row.chain_start.timestamp()),
    }
    headers = {"kid": keys.signing_id, "typ": TOKEN_TYPE}
    secret = keys.keys[keys.signing_id]
    return _DECODER.encode(claims, secret, algorithm=ALGORITHM, headers=headers)


def verify(token: str, keys: KeySet, expected_issuer: str) -> dict[str, Any]:
    """Check everything that a token says of itself, and give its claims.

    Raises
    ------
    InvalidTokenError
        The same words for every fault but expiry, so as not to guide a forger.
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TOKEN_TYPE:
            raise InvalidTokenError("the token does not hold")
        claims: dict[str, Any] = _DECODER.decode(
            token,
            keys.keys.get(str(header.get("kid")), b""),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=expected_issuer,
            leeway=_CLOCK_SKEW_S,
            options={"require": list(_CLAIMS), "verify_aud": True, "strict_aud": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidTokenError("the token has expired") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidTokenError("the token does not hold") from error
    return claims
