"""Who asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """An authenticated user; handlers see this and never a token.

    Attributes
    ----------
    account_id
        The account's key in the database.
    name
        What is shown as the UWS ownerId.
    groups
        Groups as last told by whoever vouches for the account.
    scopes
        What the token may be used for.
    is_admin
        Whether one of the groups operates the service.
    """

    account_id: str
    name: str
    groups: tuple[str, ...]
    scopes: tuple[str, ...]
    is_admin: bool = False
