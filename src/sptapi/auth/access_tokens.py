"""Access tokens: how the service's own are made and checked.

References
----------
RFC 7519 (JWT), RFC 7518 section 3.2 (key length), RFC 8725 section 3.11 (typ).
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt

from sptapi.auth.policy import ALL_SCOPES
from sptjobs.settings import Settings, SettingsError
from sptjobs.settings.keys import parse_keys
from sptjobs.store.tokens import TokenRow
from sptjobs.uws.errors import AuthenticationError

ALGORITHM: Final = "HS256"
TOKEN_TYPE: Final = "spt-api+jwt"  # noqa: S105 - a media type, not a secret
AUDIENCE: Final = "spt3g-data-service"
_CLOCK_SKEW_S = 5
_TEXTS = ("iss", "aud", "sub", "jti", "scope", "chain")
_TIMES = ("iat", "exp", "chain_start")
_DECODER = jwt.PyJWT(options={"enforce_minimum_key_length": True})
_OPTIONS: Final[Any] = {"require": [*_TEXTS, *_TIMES], "verify_aud": True, "strict_aud": True}


class InvalidTokenError(AuthenticationError):
    """A token was sent, and it does not hold."""


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What was asked for; None where the service is to choose. ``ttl_s`` is in seconds.

    ``short`` asks for the form of :mod:`sptapi.auth.short_tokens`.
    """

    name: str | None = None
    scopes: tuple[str, ...] | None = None
    ttl_s: int | None = None
    short: bool | None = None


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by their id. The first one signs, every one verifies, so keys can rotate."""

    signing_id: str
    keys: Mapping[str, bytes]

    @classmethod
    def of(cls, text: str) -> "KeySet":
        """Read the setting.

        Raises
        ------
        SettingsError
            There is no key, one is shorter than 32 bytes, or an id is wrong.
        """
        try:
            keys = parse_keys(text)
        except ValueError as error:
            raise SettingsError(f"SPT_TOKEN_KEY: {error}") from error
        if not keys:
            raise SettingsError("SPT_TOKEN_KEY: is not set")
        return cls(next(iter(keys)), keys)


def issuer(settings: Settings) -> str:
    """Name the deployment: tokens of another one do not hold here."""
    return settings.public_url + settings.base_path


def new_token_row(
    account_id: str,
    *,
    ttl: timedelta,
    now: datetime,
    scopes: Iterable[str] = ALL_SCOPES,
    name: str | None = None,
    epoch: int = 0,
    jti: str | None = None,
) -> TokenRow:
    """Describe a new token that begins a chain of its own; without a ``jti`` it gets one."""
    issued = now.astimezone(UTC).replace(microsecond=0)
    return TokenRow(
        jti=jti or uuid.uuid4().hex,
        account_id=account_id,
        chain=uuid.uuid4().hex,
        chain_start=issued,
        issued=issued,
        expires=issued + ttl,
        scopes=tuple(scopes),
        name=name,
        epoch=epoch,
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
        secret = keys.keys.get(_key_id(token.partition(".")[0]))
        if secret is None:
            raise InvalidTokenError("the token is not valid")
        claims: dict[str, Any] = _DECODER.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=expected_issuer,
            leeway=_CLOCK_SKEW_S,
            options=_OPTIONS,
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidTokenError("the token has expired") from error
    except (jwt.PyJWTError, ValueError, RecursionError, OverflowError) as error:
        raise InvalidTokenError("the token is not valid") from error
    # PyJWT would take a time that is a text, and any type for our own claims.
    if not (
        all(type(claims[name]) is str for name in _TEXTS)
        and all(type(claims[name]) is int for name in _TIMES)
    ):
        raise InvalidTokenError("the token is not valid")
    return claims


@lru_cache(maxsize=256)
def _key_id(header: str) -> str:
    """Read the key's id from the header of a token of ours; "" when it is none.

    All tokens of a key have the same header, so it is read once. PyJWT reads it
    again, with all its checks.
    """
    fields = json.loads(jwt.utils.base64url_decode(header))
    if not isinstance(fields, dict) or fields.get("typ") != TOKEN_TYPE:
        return ""
    return str(fields.get("kid"))
