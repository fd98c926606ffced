"""Who may use the service, and who may touch which job, file and token.

A job is read by its owner and by those with whom it is shared, and changed by its owner.
Administrators may read every job and its files, and change none: what they do to
the jobs of others goes through the operators' own addresses.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sptapi.auth.identity import Credential, Identity
from sptjobs.settings import Settings
from sptjobs.store.accounts import Account
from sptjobs.store.shares import Audience, ShareKind
from sptjobs.store.tokens import TokenRow
from sptjobs.uws.errors import AuthorizationError
from sptjobs.uws.jobs import Job

READ_JOBS: Final = "jobs:read"
WRITE_JOBS: Final = "jobs:write"
READ_DATA: Final = "data:read"
ALL_SCOPES: Final = (READ_JOBS, WRITE_JOBS, READ_DATA)
ANY_SCOPE: Final = ""
"""Any valid credential will do, whatever its scopes."""


class ScopeError(AuthorizationError):
    """The token was not made for this kind of request."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an address asks of a request: see :class:`sptapi.routes.Route`."""

    scope: str | None
    session_only: bool = False
    outsiders: bool = False
    rate: str | None = None
    admin: bool = False
    greets: bool = False
    takes: frozenset[str] = frozenset()
    shared: bool = False
    secret: bool = False


def identify(
    account: Account,
    settings: Settings,
    *,
    scopes: Iterable[str],
    credential: Credential,
    credential_id: str,
    chain: str | None = None,
) -> Identity:
    """Make an identity of an account. Groups are compared whole and letter by letter."""
    return Identity(
        account.account_id,
        account.name,
        account.groups,
        frozenset(scopes),
        credential,
        credential_id,
        is_member=is_member(account, settings),
        is_admin=_is_among(account, settings.admin_groups),
        chain=chain,
    )


def is_member(account: Account, settings: Settings) -> bool:
    """Whether one of the account's groups may use the service."""
    return _is_among(account, (*settings.allowed_groups, *settings.admin_groups))


def granted_group(settings: Settings) -> str:
    """Name the group into which a request for access leads; "" where there is none."""
    return settings.sign_in.access_group or next(iter(settings.allowed_groups), "")


def _is_among(account: Account, groups: Iterable[str]) -> bool:
    return not set(account.groups).isdisjoint(groups)


def check_member(identity: Identity) -> None:
    """Refuse an identity that is in no group that may use the service."""
    if not identity.is_member:
        raise AuthorizationError(f"{identity.name} is in no group that may use this service")


def check_access(identity: Identity, access: Access) -> None:
    """Refuse an outsider, a credential of the wrong kind, and one that lacks group or scope.

    Raises
    ------
    AuthorizationError
        The identity may not use the address.
    """
    if not access.outsiders:
        check_member(identity)
    if access.session_only and identity.credential != "session":
        raise AuthorizationError("sign in with a browser; access tokens are not accepted here")
    if access.admin and not identity.is_admin:
        raise AuthorizationError("this is for the operators of the service")
    if access.scope and access.scope not in identity.scopes:
        raise ScopeError(f"the token lacks the scope {access.scope}")


def may_read_job(identity: Identity, audience: Audience) -> bool:
    """Whether a job and its files may be seen: by its owner, its readers, and administrators."""
    return identity.is_admin or may_comment_on_job(identity, audience)


def may_comment_on_job(identity: Identity, audience: Audience) -> bool:
    """Whether one may say something of a job: its owner and its readers, not who only oversees."""
    if audience.owner_id == identity.account_id:
        return True
    if not identity.is_member:
        return False
    own = {(ShareKind.MEMBER, identity.account_id), (ShareKind.LINK, "")}
    groups = {(ShareKind.GROUP, name) for name in identity.groups}
    return not audience.holders.isdisjoint(own | groups)


def owns_job(identity: Identity, job: Job) -> bool:
    """Whether a job is the identity's own; nobody else may change it."""
    return job.owner_id == identity.account_id


def may_manage_token(identity: Identity, row: TokenRow) -> bool:
    """Whether a token may be seen and revoked.

    In a session it is each of one's own; with a token only those of its chain, so
    that a stolen one can end itself and nothing else.
    """
    same_account = row.account_id == identity.account_id
    return same_account and identity.chain in {None, row.chain}
