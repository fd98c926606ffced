"""Accounts, their groups, and the tokens they were given."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import account, account_group, token


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signed in, or whom an operator made.

    The pair of ``issuer`` and ``subject`` identifies a person; ``name`` is shown.
    """

    account_id: str
    issuer: str
    subject: str
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as it was issued; the token itself is stored nowhere.

    ``chain`` is shared by a token and everything it was refreshed to.
    """

    jti: str
    account_id: str
    chain: str
    chain_start: datetime
    issued: datetime
    expires: datetime
    scopes: tuple[str, ...]
    revoked: datetime | None = None


async def upsert_account(
    connection: AsyncConnection, *, issuer: str, subject: str, name: str, groups: Iterable[str]
) -> Account:
    """Make the account of a person, or bring its name and groups up to date."""
    found = await connection.scalar(
        sa.select(account.c.account_id).where(
            account.c.issuer == issuer, account.c.subject == subject
        )
    )
    if found is None:
        found = uuid.uuid4().hex
        values = {"account_id": found, "issuer": issuer, "subject": subject, "name": name}
        await connection.execute(sa.insert(account).values(**values, created=await now(connection)))
    else:
        await connection.execute(
            sa.update(account).where(account.c.account_id == found).values(name=name)
        )
    names = tuple(sorted(set(groups)))
    await _replace_groups(connection, found, names)
    return Account(found, issuer, subject, name, names)


async def read_account(connection: AsyncConnection, account_id: str) -> Account | None:
    """Read an account with its groups."""
    query = sa.select(account).where(account.c.account_id == account_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    groups = sa.select(account_group.c.name).where(account_group.c.account_id == account_id)
    names = tuple(sorted((await connection.execute(groups)).scalars()))
    return Account(row.account_id, row.issuer, row.subject, row.name, names)


async def insert_token(connection: AsyncConnection, row: TokenRow) -> None:
    """Record a token that is about to be handed out."""
    values = {name: getattr(row, name) for name in ("jti", "account_id", "chain", "revoked")}
    values |= {name: getattr(row, name) for name in ("chain_start", "issued", "expires")}
    await connection.execute(sa.insert(token).values(**values, scopes=" ".join(row.scopes)))


async def read_token(connection: AsyncConnection, jti: str) -> TokenRow | None:
    """Read the record of a token, None when none was ever issued with that id."""
    row = (await connection.execute(sa.select(token).where(token.c.jti == jti))).one_or_none()
    if row is None:
        return None
    times = (row.chain_start, row.issued, row.expires)
    return TokenRow(
        row.jti, row.account_id, row.chain, *times, tuple(row.scopes.split()), row.revoked
    )


async def _replace_groups(
    connection: AsyncConnection, account_id: str, names: tuple[str, ...]
) -> None:
    await connection.execute(
        sa.delete(account_group).where(account_group.c.account_id == account_id)
    )
    if names:
        rows = [{"account_id": account_id, "name": name} for name in names]
        await connection.execute(sa.insert(account_group), rows)
