"""ID tokens and logout tokens: what has to hold of them.

References
----------
OpenID Connect Core 1.0, section 3.1.3.7; Back-Channel Logout 1.0, section 2.6;
RFC 8725 (algorithms and types are allow-listed, keys named in headers ignored).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

import jwt

from sptapi.auth.oidc.jwks import ALGORITHMS, KeyCache
from sptapi.auth.oidc.sign_in_errors import SignInError

_SKEW_S: Final = 60
_LOGOUT_TYPE: Final = "logout+jwt"
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_OLDEST_LOGOUT_S: Final = 300
_DECODER = jwt.PyJWT()


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies what one provider signs for one client."""

    issuer: str
    client_id: str
    keys: KeyCache

    async def id_token(self, token: str, *, nonce: str | None) -> dict[str, Any]:
        """Give the claims of an ID token that holds in every respect.

        Parameters
        ----------
        nonce
            What the token must repeat; None for one that came with a refresh, which
            has none.

        Raises
        ------
        SignInError
            Something does not hold; the message says no more than that.
        """
        claims = await self._signed(token, {None, "JWT"}, ("iss", "sub", "aud", "iat", "exp"))
        _check_audience(claims, self.client_id)
        if nonce is not None and not compare_digest(_text(claims, "nonce"), nonce):
            raise _refusal("the nonce is another one")
        return claims

    async def logout_token(self, token: str) -> dict[str, Any]:
        """Give the claims of a logout token that holds in every respect."""
        required = ("iss", "aud", "iat", "jti", "events")
        claims = await self._signed(token, {None, "JWT", _LOGOUT_TYPE}, required)
        events = claims["events"]
        if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
            raise _refusal("it is about no logout")
        if "nonce" in claims:
            raise _refusal("it holds a nonce")
        if not (claims.get("sid") or claims.get("sub")):
            raise _refusal("it names neither session nor user")
        if not all(isinstance(claims.get(name, ""), str) for name in ("sid", "sub", "jti")):
            raise _refusal("a name is no text")
        # Those without an expiry must not be kept and sent later.
        if claims["iat"] < time.time() - _OLDEST_LOGOUT_S:
            raise _refusal("it is too old")
        return claims

    async def _signed(
        self, token: str, types: set[str | None], required: tuple[str, ...]
    ) -> dict[str, Any]:
        kid, algorithm = _read_header(token, types)
        for key in await self.keys.find(kid, algorithm):
            if (claims := self._decoded(token, key.key, algorithm, required)) is not None:
                return claims
        if kid is None:
            # Nothing tells a rotated key from a forged signature: look once more.
            await self.keys.fetch_again()
            for key in await self.keys.find(kid, algorithm):
                if (claims := self._decoded(token, key.key, algorithm, required)) is not None:
                    return claims
        raise _refusal("no key of the provider made the signature")

    def _decoded(
        self, token: str, key: Any, algorithm: str, required: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """Give the claims, None when another key made the signature."""
        try:
            claims: dict[str, Any] = _DECODER.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self.client_id,
                issuer=self.issuer,
                leeway=_SKEW_S,
                options={"require": list(required)},
            )
        except jwt.InvalidSignatureError:
            return None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise _refusal(type(error).__name__) from error
        if not all(isinstance(claims.get(name, 0), int | float) for name in ("iat", "exp")):
            raise _refusal("a time is no number")
        return claims


def _read_header(token: str, types: set[str | None]) -> tuple[str | None, str]:
    """Give key id and algorithm; what the header says of keys beyond that is ignored."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise _refusal("it is no token") from error
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
    if algorithm not in ALGORITHMS or not isinstance(kid, str | None):
        raise _refusal("the algorithm is not accepted")
    if kind not in types:
        raise _refusal("it is a token of another kind")
    return kid, str(algorithm)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and party != client_id:
        raise _refusal("it was made for another client")
    if not _text(claims, "sub"):
        raise _refusal("it names no user")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and value.isascii() else ""


def _refusal(reason: str) -> SignInError:
    error = SignInError("what the identity provider sent does not hold; sign in again")
    error.add_note(reason)
    return error
