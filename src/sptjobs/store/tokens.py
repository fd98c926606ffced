"""Tokens as they were issued; the tokens themselves are stored nowhere.

Whoever adds or revokes tokens of an account locks the account's row first, so that
no refresh slips a new token into a chain that is being ended.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import account, token


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as it was issued.

    ``chain`` is shared by a token and everything it was refreshed to; ``name`` is
    what its user calls it, ``epoch`` the account's when it was made.
    """

    jti: str
    account_id: str
    chain: str
    chain_start: datetime
    issued: datetime
    expires: datetime
    scopes: tuple[str, ...]
    revoked: datetime | None = None
    name: str | None = None
    epoch: int = 0
    last_used: datetime | None = None


async def lock_tokens(connection: AsyncConnection, account_id: str) -> int:
    """Let only one transaction at a time change the tokens of an account; give its epoch.

    FOR NO KEY UPDATE, because new jobs hold a key share of the account.
    """
    query = sa.select(account.c.token_epoch).where(account.c.account_id == account_id)
    return int((await connection.execute(query.with_for_update(key_share=True))).scalar_one())


async def insert_token(connection: AsyncConnection, row: TokenRow) -> None:
    """Record a token that is about to be handed out."""
    values = asdict(row) | {"scopes": " ".join(row.scopes)}
    await connection.execute(sa.insert(token).values(**values))


async def read_token(connection: AsyncConnection, jti: str) -> TokenRow | None:
    """Read the record of a token, None when none was ever issued with that id."""
    row = (await connection.execute(sa.select(token).where(token.c.jti == jti))).one_or_none()
    return None if row is None else _token(row)


async def list_tokens(connection: AsyncConnection, account_id: str) -> list[TokenRow]:
    """List the tokens of an account that have not expired, newest first."""
    query = (
        sa.select(token)
        .where(token.c.account_id == account_id, token.c.expires > await now(connection))
        .order_by(token.c.issued.desc(), token.c.jti)
    )
    return [_token(row) for row in await connection.execute(query)]


async def revoke_token(connection: AsyncConnection, jti: str) -> int:
    """Revoke one token; give how many it was not too late for."""
    return await _revoke(connection, token.c.jti == jti)


async def revoke_chain(connection: AsyncConnection, chain: str) -> int:
    """Revoke a token with everything it was refreshed to; give how many."""
    return await _revoke(connection, token.c.chain == chain)


async def revoke_all(connection: AsyncConnection, account_id: str) -> int:
    """Revoke all tokens of an account, and give how many.

    The epoch ends them; that the rows are marked too tells their owner since when,
    and keeps them dead under the previous release, which knows no epochs.
    """
    await connection.execute(
        sa.update(account)
        .where(account.c.account_id == account_id)
        .values(token_epoch=account.c.token_epoch + 1)
    )
    return await _revoke(connection, token.c.account_id == account_id)


async def record_usage(connection: AsyncConnection, used: Mapping[str, datetime]) -> None:
    """Write down when tokens were last used."""
    statement = (
        sa.update(token)
        .where(token.c.jti == sa.bindparam("id"))
        .values(last_used=sa.bindparam("at"))
    )
    # Always in the same order, so that two processes never wait for each other.
    rows = [{"id": jti, "at": at} for jti, at in sorted(used.items())]
    await connection.execute(statement, rows)


async def _revoke(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    at = await now(connection)
    statement = sa.update(token).where(which, token.c.revoked.is_(None), token.c.expires > at)
    return (await connection.execute(statement.values(revoked=at))).rowcount


def _token(row: sa.Row[Any]) -> TokenRow:
    values = {each.name: getattr(row, each.name) for each in fields(TokenRow)}
    return TokenRow(**values | {"scopes": tuple(row.scopes.split())})
