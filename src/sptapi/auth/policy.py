"""Who may use the service, and who may touch which job."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sptapi.auth.identity import Credential, Identity
from sptjobs.settings import Settings
from sptjobs.store.accounts import Account
from sptjobs.uws.errors import AuthorizationError
from sptjobs.uws.jobs import Job

READ_JOBS: Final = "jobs:read"
WRITE_JOBS: Final = "jobs:write"
READ_DATA: Final = "data:read"
ALL_SCOPES: Final = (READ_JOBS, WRITE_JOBS, READ_DATA)


class ScopeError(AuthorizationError):
    """The token was not made for this kind of request."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an address asks of an identity; without ``scope`` it is public."""

    scope: str | None
    session_only: bool = False


def identify(
    account: Account,
    settings: Settings,
    *,
    scopes: Iterable[str],
    credential: Credential,
    credential_id: str,
) -> Identity:
    """Make an identity of an account that may use the service.

    Raises
    ------
    AuthorizationError
        None of the account's groups is allowed. Groups are compared whole and
        letter by letter.
    """
    groups = set(account.groups)
    is_admin = not groups.isdisjoint(settings.admin_groups)
    if not is_admin and groups.isdisjoint(settings.allowed_groups):
        raise AuthorizationError(f"{account.name} is in no group that may use this service")
    return Identity(
        account.account_id,
        account.name,
        account.groups,
        frozenset(scopes),
        credential,
        credential_id,
        is_admin,
    )


def check_access(identity: Identity, access: Access) -> None:
    """Refuse an identity whose credential is of the wrong kind, or lacks the scope."""
    if access.session_only and identity.credential != "session":
        raise AuthorizationError("sign in with a browser: an access token does not do here")
    if access.scope is not None and access.scope not in identity.scopes:
        raise ScopeError(f"the token lacks the scope {access.scope}")


def check_may_read(identity: Identity, job: Job) -> None:
    """Refuse to show a job to anybody but its owner and the operators.

    UWS 1.1 (section 3) asks for 403 here. That this tells a job of another user
    from one that never was is harmless: nobody guesses an id of 128 random bits.
    """
    if job.owner_id != identity.account_id and not identity.is_admin:
        raise AuthorizationError(f"job {job.job_id} is another user's")


def check_may_change(identity: Identity, job: Job) -> None:
    """Refuse to let anybody but its owner change a job."""
    if job.owner_id != identity.account_id:
        raise AuthorizationError(f"job {job.job_id} is another user's")
