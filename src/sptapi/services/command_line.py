"""What operators do at the machine itself, without signing in."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.access_tokens import KeySet, new_token_row, sign
from sptapi.auth.policy import ALL_SCOPES
from sptapi.services.tokens import revoke_every
from sptjobs.settings import Settings
from sptjobs.store.accounts import find_accounts, upsert_account
from sptjobs.store.audit import Actor, AuditEntry, read_audit, record_audit
from sptjobs.store.database import now
from sptjobs.store.opening import open_database
from sptjobs.store.tokens import insert_token
from sptjobs.uws.errors import UsageError

OPERATOR = "operator"
"""Issuer of the accounts that an operator vouches for, and their name in the audit log."""


async def operator_token(
    settings: Settings,
    *,
    name: str,
    groups: Iterable[str],
    ttl_s: int,
    scopes: Iterable[str] = ALL_SCOPES,
) -> str:
    """Make an access token for a user, as ``vouched_token`` does, in the service's database."""
    KeySet.of(settings.token_key)
    async with open_database(settings.database_url) as database, database.write() as connection:
        return await vouched_token(
            connection, settings, name=name, groups=groups, ttl_s=ttl_s, scopes=scopes
        )


async def vouched_token(
    connection: AsyncConnection,
    settings: Settings,
    *,
    name: str,
    groups: Iterable[str],
    ttl_s: int,
    scopes: Iterable[str] = ALL_SCOPES,
) -> str:
    """Make an access token for a user, recorded as any other, the user and groups too.

    The groups take the place of those that the user had.
    """
    account = await upsert_account(
        connection, issuer=OPERATOR, subject=name, name=name, groups=groups
    )
    row = new_token_row(
        account.account_id,
        ttl=timedelta(seconds=ttl_s),
        now=await now(connection),
        scopes=scopes,
        name="from an operator",
        epoch=account.token_epoch,
    )
    await insert_token(connection, row)
    detail = f"for {name} ({account.account_id})"
    await record_audit(
        connection, "token.create", Actor(name=OPERATOR), target=row.jti, detail=detail
    )
    return sign(row, settings)


async def operator_revoke(settings: Settings, name: str) -> int:
    """Revoke all tokens of everybody of that name or account id; give how many.

    Raises
    ------
    UsageError
        Nobody is known by it.
    """
    async with open_database(settings.database_url) as database:
        async with database.read() as connection:
            found = await find_accounts(connection, name)
        if not found:
            raise UsageError(f"nobody is known as {name}")
        actor = Actor(name=OPERATOR)
        return sum([await revoke_every(database, each, actor) for each in found])


async def audit_entries(
    settings: Settings, *, name: str | None, after: datetime | None, before: datetime | None
) -> AsyncIterator[AuditEntry]:
    """Give rows of the audit log, in the order in which they were written."""
    async with open_database(settings.database_url) as database, database.read() as connection:
        async for entry in read_audit(connection, name=name, after=after, before=before):
            yield entry
