"""The client's side of OpenID Connect: from leaving for the provider to knowing who came back.

References
----------
OpenID Connect Core 1.0, sections 3.1, 5.3, 12; RP-Initiated Logout 1.0; RFC 7636
(PKCE); RFC 9207 (``iss`` in the response).
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sptapi.auth.oidc.claims import Verifier
from sptapi.auth.oidc.discovery import Discovery
from sptapi.auth.oidc.groups import read_groups
from sptapi.auth.oidc.jwks import KeyCache
from sptapi.auth.oidc.sign_in_errors import GrantEndedError, ProviderError, SignInError
from sptapi.auth.oidc.transaction import Transaction
from sptapi.auth.oidc.transport import ProviderResponse, Transport
from sptjobs.settings import SignInSettings

_log = logging.getLogger(__name__)

_NAMES = ("preferred_username", "name", "email")
_MAX_NAME_CHARACTERS = 255
_EMAIL = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Grant:
    """What the provider handed out, kept with the session and never in the cookie.

    Attributes
    ----------
    id_token
        Tells the provider who signs out.
    refresh_token, access_token
        One of them serves to read the groups again.
    """

    id_token: str
    refresh_token: str | None
    access_token: str

    def as_document(self) -> dict[str, str | None]:
        """Give what is to be stored, sealed: of the two tokens only the one that is used."""
        access = None if self.refresh_token else self.access_token
        return {"id": self.id_token, "refresh": self.refresh_token, "access": access}

    @classmethod
    def of(cls, document: Mapping[str, str | None]) -> "Grant":
        """Read what was stored."""
        return cls(document["id"] or "", document["refresh"], document["access"] or "")


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in.

    Attributes
    ----------
    subject
        The provider's name that never changes.
    email
        Mail address that the provider has verified, None where it vouches for none.
    """

    subject: str
    name: str
    groups: tuple[str, ...]
    provider_session: str | None
    grant: Grant
    email: str | None = None


class OidcClient:
    """One provider, spoken to as one client."""

    def __init__(self, settings: SignInSettings, transport: Transport, redirect_uri: str) -> None:
        self.issuer = settings.issuer
        self._settings = settings
        self._transport = transport
        self._redirect_uri = redirect_uri
        self._discovery = Discovery(transport, settings.issuer)
        self.verifier = Verifier(settings.issuer, settings.client_id, KeyCache(self._fetch_keys))

    @property
    def origins(self) -> tuple[str, ...]:
        """Sites of the provider to which browsers are sent."""
        return self._discovery.origins

    async def begin(self, transaction: Transaction) -> str:
        """Give the address at the provider to which the browser goes."""
        metadata = await self._discovery.metadata()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": transaction.state,
            "nonce": transaction.nonce,
            "code_challenge": transaction.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(metadata.authorization_endpoint, query)

    async def check_sender(self, named: str | None) -> None:
        """Refuse a response that another provider sent (RFC 9207)."""
        metadata = await self._discovery.metadata()
        if named != self.issuer and (named is not None or metadata.names_itself):
            raise SignInError("the response came from another identity provider")

    async def finish(self, transaction: Transaction, code: str) -> Person:
        """Exchange the code, and find out who it is.

        Raises
        ------
        SignInError
            The ID token or the user information does not hold.
        ProviderError, ProviderUnavailableError
            The provider refused, or is away.
        """
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": transaction.verifier,
        }
        document = _tokens(await self._ask_for_tokens(fields))
        claims = await self.verifier.id_token(document["id_token"], nonce=transaction.nonce)
        try:
            return await self._person(claims, document, _granted(document))
        except GrantEndedError as error:
            raise ProviderError("the identity provider refused its own token") from error

    async def read_again(self, subject: str, grant: Grant) -> Person:
        """Ask for name and groups of somebody who signed in before.

        Raises
        ------
        GrantEndedError
            The provider no longer knows them, or ended their session.
        """
        if grant.refresh_token is None:
            claims = {"sub": subject}
            return await self._person(claims, {"access_token": grant.access_token}, grant)
        fields = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        response = await self._ask_for_tokens(fields)
        if response.document.get("error") == "invalid_grant":
            raise GrantEndedError
        document = {"id_token": grant.id_token, "refresh_token": grant.refresh_token}
        document |= _tokens(response, needed=("access_token",))
        claims = {"sub": subject}
        if "id_token" in response.document:
            claims = await self.verifier.id_token(document["id_token"], nonce=None)
            if claims["sub"] != subject:
                raise GrantEndedError
        return await self._person(claims, document, _granted(document))

    async def sign_out_page(self, id_token: str | None, back_to: str) -> str:
        """Give the address at which the provider's own session ends, else ``back_to``."""
        metadata = await self._discovery.metadata()
        if metadata.end_session_endpoint is None:
            return back_to
        query = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": back_to,
        }
        if id_token:
            query["id_token_hint"] = id_token
        return _with_query(metadata.end_session_endpoint, query)

    async def check(self) -> None:
        """See that signing in can work.

        Raises
        ------
        ProviderError, ProviderUnavailableError
            It cannot.
        """
        await self._discovery.check()

    async def _fetch_keys(self) -> Mapping[str, Any]:
        metadata = await self._discovery.metadata()
        return (await self._transport.get(metadata.jwks_uri)).document

    async def _ask_for_tokens(self, fields: Mapping[str, str]) -> ProviderResponse:
        metadata = await self._discovery.metadata()
        client = (self._settings.client_id, self._settings.client_secret)
        return await self._transport.post(metadata.token_endpoint, fields, client=client)

    async def _person(
        self, claims: dict[str, Any], document: Mapping[str, str], grant: Grant
    ) -> Person:
        groups = read_groups(claims, self._settings.groups_claim)
        if groups is None or not any(name in claims for name in _NAMES):
            claims = await self._user_information(claims["sub"], document) | claims
            groups = read_groups(claims, self._settings.groups_claim)
        session = claims.get("sid")
        return Person(
            subject=claims["sub"],
            name=_name(claims),
            groups=groups or (),
            provider_session=session if isinstance(session, str) else None,
            grant=grant,
            email=_email(claims),
        )

    async def _user_information(self, subject: str, document: Mapping[str, str]) -> dict[str, Any]:
        metadata = await self._discovery.metadata()
        if metadata.userinfo_endpoint is None:
            return {}
        response = await self._transport.get(
            metadata.userinfo_endpoint, bearer=document["access_token"]
        )
        if response.status in {400, 401, 403}:
            raise GrantEndedError
        if not response.is_ok:
            raise ProviderError("the identity provider refused the request for the user's claims")
        if response.document.get("sub") != subject:
            raise SignInError("the identity provider described another user; sign in again")
        return dict(response.document)


def _tokens(
    response: ProviderResponse, needed: tuple[str, ...] = ("access_token", "id_token")
) -> dict[str, str]:
    if not response.is_ok:
        # The code alone: descriptions may repeat what was sent.
        code = response.document.get("error")
        _log.error("the provider's token endpoint responded %d: %.40r", response.status, code)
        raise ProviderError("the identity provider refused the sign-in")
    tokens = {
        name: value
        for name in ("access_token", "id_token", "refresh_token")
        if isinstance(value := response.document.get(name), str)
    }
    if not tokens.keys() >= set(needed):
        raise ProviderError("the identity provider's response lacks a token")
    return tokens


def _granted(document: Mapping[str, str]) -> Grant:
    return Grant(document["id_token"], document.get("refresh_token"), document["access_token"])


def _name(claims: Mapping[str, Any]) -> str:
    for claim in (*_NAMES, "sub"):
        name = claims.get(claim)
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _MAX_NAME_CHARACTERS:
            return name
    raise SignInError("the identity provider gives the user no name")


def _email(claims: Mapping[str, Any]) -> str | None:
    """Read the mail address; one that is not verified may be somebody else's."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    return email if _EMAIL.fullmatch(email) and len(email) <= _MAX_NAME_CHARACTERS else None


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
