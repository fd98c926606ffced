"""Asking for access, and deciding who gets it.

Who is in no group has no session. What lets them ask is a ticket in their page's form: their
account's id, sealed for half an hour, so that nobody else can ask in their name.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.oidc.sign_in_errors import SignInError
from sptapi.auth.policy import is_member
from sptapi.services.sign_in import SignIn, sealer
from sptjobs.settings import Settings
from sptjobs.store.access_requests import (
    AccessRequest,
    AccessState,
    AccessWish,
    count_open_requests,
    decide_access_request,
    find_access_requests,
    insert_access_request,
    read_access_request,
)
from sptjobs.store.accounts import Account, read_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database
from sptjobs.store.notices import tell_of_decision, tell_of_request
from sptjobs.uws.errors import AuthorizationError, LimitError, UnknownResultError, UsageError

MAX_OPEN: Final = 500
"""Open requests of all together, for whoever makes accounts at the provider by hundreds."""

MAX_SHOWN: Final = 200
_TICKET_S: Final = 1_800


def new_ticket(settings: Settings, account_id: str) -> str:
    """Seal what the form of an account's own page repeats."""
    return sealer(settings, "access").seal({"account": account_id})


async def own_request(database: Database, account_id: str) -> AccessRequest | None:
    """Read what an account asked for, and what became of it."""
    async with database.read() as connection:
        return await read_access_request(connection, account_id)


async def ask_for_access(
    sign_in: SignIn, ticket: str, wish: AccessWish, actor: Actor
) -> tuple[Account, AccessRequest]:
    """Ask for access; who has an open request already keeps it as it is.

    Raises
    ------
    SignInError
        The ticket is not one of ours, or older than half an hour.
    AuthorizationError
        The account is let in already.
    LimitError
        As many requests are open as may be.
    """
    sealed = sealer(sign_in.settings, "access").open(ticket, within_s=_TICKET_S)
    if sealed is None:
        raise SignInError("the form is older than half an hour; sign in again")
    async with sign_in.database.write() as connection:
        account = await read_account(connection, sealed["account"])
        assert account is not None, "accounts are never deleted"
        if is_member(account, sign_in.settings):
            raise AuthorizationError("you have access already; sign in again")
        known = await read_access_request(connection, account.account_id)
        if known is None or known.state is AccessState.DECLINED:
            await _insert(connection, account, wish, actor)
            known = await read_access_request(connection, account.account_id)
            assert known is not None
        return account, known


async def _insert(
    connection: AsyncConnection, account: Account, wish: AccessWish, actor: Actor
) -> None:
    if await count_open_requests(connection) >= MAX_OPEN:
        raise LimitError(f"{MAX_OPEN} requests wait to be decided; try again in some days")
    # Of two forms that are sent at once, the first one counts.
    with suppress(sa.exc.IntegrityError):
        async with connection.begin_nested():
            await insert_access_request(connection, account.account_id, wish)
            await tell_of_request(connection, account.account_id)
            asked_by = replace(actor, account_id=account.account_id, name=account.name)
            await record_audit(
                connection, "access.ask", asked_by, target=account.account_id, detail=wish.institute
            )


async def access_requests(database: Database) -> list[AccessRequest]:
    """List requests, the open ones first."""
    async with database.read() as connection:
        return await find_access_requests(connection, MAX_SHOWN)


async def approve_access(
    database: Database,
    sign_in: SignIn | None,
    account_id: str,
    answer: str,
    actor: Actor,
    *,
    mails: bool,
) -> None:
    """Approve a request, also one that was declined: first the group is set, then it is said.

    Where no client for groups is configured, an administrator sets the group at the provider.
    ``mails`` says whether the site sends any: then its user is mailed the decision.

    Raises
    ------
    UnknownResultError
        The account asks for nothing.
    UsageError
        The request is approved already.
    ProviderError, ProviderUnavailableError
        The group was not set; the request stays as it is.
    """
    asked = await own_request(database, account_id)
    if asked is None:
        raise _unknown(account_id)
    groups = None if sign_in is None else sign_in.groups
    if groups is not None and asked.state is not AccessState.APPROVED:
        await groups.let_in(asked.subject)
    detail = "the group is set at the provider" if groups is None else f"group {groups.group}"
    approved = AccessState.APPROVED
    await _decide(database, account_id, approved, actor, answer=answer, detail=detail, mails=mails)


async def decline_access(
    database: Database, account_id: str, answer: str, actor: Actor, *, mails: bool
) -> None:
    """Decline an open request, with the reason that its user reads; ``mails`` as above.

    Raises
    ------
    UnknownResultError
        The account asks for nothing.
    UsageError
        The request was decided before.
    """
    declined = AccessState.DECLINED
    await _decide(database, account_id, declined, actor, answer=answer, detail=answer, mails=mails)


async def _decide(
    database: Database,
    account_id: str,
    state: AccessState,
    actor: Actor,
    *,
    answer: str,
    detail: str,
    mails: bool,
) -> None:
    by = actor.name or ""
    async with database.write() as connection:
        if not await decide_access_request(connection, account_id, state, by=by, answer=answer):
            found = await read_access_request(connection, account_id)
            if found is None:
                raise _unknown(account_id)
            raise UsageError(f"the request is {found.state} already, by {found.decided_by}")
        action = "access.approve" if state is AccessState.APPROVED else "access.decline"
        await record_audit(connection, action, actor, target=account_id, detail=detail)
        if mails:
            await tell_of_decision(connection, account_id)


async def open_requests(database: Database) -> int:
    """Count the requests that wait for a decision."""
    async with database.read() as connection:
        return await count_open_requests(connection)


def _unknown(account_id: str) -> UnknownResultError:
    return UnknownResultError(f"the account {account_id[:80]} asks for nothing")
