"""Who asks."""

from dataclasses import dataclass
from typing import Literal

Credential = Literal["token", "session"]


@dataclass(frozen=True, slots=True)
class Identity:
    """An authenticated user; handlers see this and never a token or a cookie.

    Attributes
    ----------
    account_id
        The account's key in the database.
    name
        What is shown as the UWS ownerId.
    groups
        Groups as last given by whoever vouches for the account.
    scopes
        What the credential may be used for; a session has all scopes.
    credential, credential_id
        What proved it, and the id of that token (its jti) or of that session (its row).
    is_member, is_admin
        Whether one of the groups may use the service, and whether one operates it.
    chain
        Chain of the token, None for a session.
    """

    account_id: str
    name: str
    groups: tuple[str, ...]
    scopes: frozenset[str]
    credential: Credential
    credential_id: str
    is_member: bool
    is_admin: bool = False
    chain: str | None = None
