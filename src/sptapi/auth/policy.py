"""Who may use the service, and who may touch which job."""

from typing import Final

from sptapi.auth.identity import Identity
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


def identify(account: Account, scopes: tuple[str, ...], settings: Settings) -> Identity:
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
    return Identity(account.account_id, account.name, account.groups, scopes, is_admin)


def check_scope(identity: Identity, scope: str) -> None:
    """Refuse an identity whose token lacks a scope."""
    if scope not in identity.scopes:
        raise ScopeError(f"the token lacks the scope {scope}")


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
