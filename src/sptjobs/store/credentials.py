"""Tokens and sessions of many requests at once: which of them still hold, and whose they are."""

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.accounts import Account
from sptjobs.store.database import now
from sptjobs.store.schema import account, account_group, browser_session, token

_BATCH = 10_000
"""Values of one query: a third of what the databases take."""


async def read_holding(
    connection: AsyncConnection, *, tokens: Collection[str], sessions: Collection[str]
) -> dict[str, Account]:
    """Read the accounts, with their groups, of those tokens and sessions that still hold.

    Parameters
    ----------
    tokens, sessions
        Ids: the jti of a token, the key of a session's row.
    """
    moment = await now(connection)
    live_tokens = (token.c.revoked.is_(None), token.c.expires > moment)
    owned = token.c.account_id == account.c.account_id
    current = token.c.epoch == account.c.token_epoch
    owners = await _owners(connection, token.c.jti, tokens, owned, current, *live_tokens)
    owned = browser_session.c.account_id == account.c.account_id
    live = browser_session.c.expires > moment
    owners |= await _owners(connection, browser_session.c.session_id, sessions, owned, live)
    groups = await _groups(connection, {row.account_id for row in owners.values()})
    return {
        credential: Account(
            row.account_id, row.issuer, row.subject, row.name, groups[row.account_id], row.epoch
        )
        for credential, row in owners.items()
    }


async def _owners(
    connection: AsyncConnection,
    key: sa.Column[str],
    ids: Collection[str],
    *conditions: sa.ColumnElement[bool],
) -> dict[str, sa.Row[tuple[str, str, str, str, str, int]]]:
    found: dict[str, sa.Row[tuple[str, str, str, str, str, int]]] = {}
    for batch in _batches(ids):
        query = sa.select(
            key.label("credential"),
            account.c.account_id,
            account.c.issuer,
            account.c.subject,
            account.c.name,
            account.c.token_epoch.label("epoch"),
        ).where(key.in_(batch), *conditions)
        found |= {row.credential: row for row in await connection.execute(query)}
    return found


async def _groups(
    connection: AsyncConnection, account_ids: Collection[str]
) -> defaultdict[str, tuple[str, ...]]:
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for batch in _batches(account_ids):
        columns = (account_group.c.account_id, account_group.c.name)
        query = sa.select(*columns).where(account_group.c.account_id.in_(batch))
        for row in await connection.execute(query):
            found[row.account_id] += (row.name,)
    return found


def _batches(values: Collection[str]) -> list[list[str]]:
    ordered = sorted(values)
    return [ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH)]
