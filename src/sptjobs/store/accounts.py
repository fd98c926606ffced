"""Accounts and their groups."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.clock import Clock
from sptjobs.store.database import now
from sptjobs.store.schema import account, account_group

_LOCKED = (
    sa.select(Clock())
    .select_from(account)
    .where(account.c.account_id == sa.bindparam("of_account"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signed in, or whom an operator made.

    The pair of ``issuer`` and ``subject`` identifies a person; ``name`` is shown.
    Tokens of an earlier ``token_epoch`` are dead.
    """

    account_id: str
    issuer: str
    subject: str
    name: str
    groups: tuple[str, ...]
    token_epoch: int = 0


async def upsert_account(
    connection: AsyncConnection, *, issuer: str, subject: str, name: str, groups: Iterable[str]
) -> Account:
    """Make the account of a person, or bring its name and groups up to date."""
    found = await _find(connection, issuer, subject)
    if found is None:
        values = {"account_id": uuid.uuid4().hex, "issuer": issuer, "subject": subject}
        insert = sa.insert(account).values(**values, name=name, created=await now(connection))
        # Several tabs of one person may sign in for the first time at once.
        with suppress(sa.exc.IntegrityError):
            async with connection.begin_nested():
                await connection.execute(insert)
        found = await _find(connection, issuer, subject)
        assert found is not None
    account_id, epoch = found
    # The account's row is the lock of its groups.
    await connection.execute(
        sa.update(account).where(account.c.account_id == account_id).values(name=name)
    )
    names = tuple(sorted(set(groups)))
    await _replace_groups(connection, account_id, names)
    return Account(account_id, issuer, subject, name, names, epoch)


async def lock_account(connection: AsyncConnection, account_id: str) -> datetime:
    """Let only one transaction at a time count what an account has, and tell the time.

    FOR NO KEY UPDATE, because new rows that name the account hold a key share of it.
    """
    at: datetime | None = await connection.scalar(_LOCKED, {"of_account": account_id})
    return at or await now(connection)


async def _find(connection: AsyncConnection, issuer: str, subject: str) -> tuple[str, int] | None:
    query = sa.select(account.c.account_id, account.c.token_epoch).where(
        account.c.issuer == issuer, account.c.subject == subject
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.account_id, row.token_epoch)


async def read_account(connection: AsyncConnection, account_id: str) -> Account | None:
    """Read an account with its groups."""
    query = sa.select(account).where(account.c.account_id == account_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    groups = sa.select(account_group.c.name).where(account_group.c.account_id == account_id)
    names = tuple(sorted((await connection.execute(groups)).scalars()))
    return Account(row.account_id, row.issuer, row.subject, row.name, names, row.token_epoch)


async def find_accounts(connection: AsyncConnection, name: str) -> list[str]:
    """Find the ids of the accounts of that name or id; names need not be unique."""
    which = sa.or_(account.c.name == name, account.c.account_id == name)
    query = sa.select(account.c.account_id).where(which).order_by(account.c.account_id)
    return list((await connection.execute(query)).scalars())


async def _replace_groups(
    connection: AsyncConnection, account_id: str, names: tuple[str, ...]
) -> None:
    await connection.execute(
        sa.delete(account_group).where(account_group.c.account_id == account_id)
    )
    if names:
        rows = [{"account_id": account_id, "name": name} for name in names]
        await connection.execute(sa.insert(account_group), rows)
