"""Sessions of browsers: rows, so that signing out and expiry are real; and what is spent."""

import hashlib
import uuid
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import account, browser_session, spent


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; the browser's cookie holds its id and nothing of the rest.

    Attributes
    ----------
    expires
        When it ends, however active it is.
    checked
        When the groups were last asked for.
    provider_session
        The provider's id of its own session.
    sealed_grant
        What the provider handed out.
    agent
        What the browser calls itself.
    """

    session_id: str
    account_id: str
    created: datetime
    last_seen: datetime
    expires: datetime
    checked: datetime
    provider_session: str | None
    sealed_grant: str
    agent: str | None


async def insert_session(
    connection: AsyncConnection,
    account_id: str,
    *,
    lifetime: timedelta,
    provider_session: str | None,
    sealed_grant: str,
    agent: str | None,
) -> SessionRow:
    """Begin a session."""
    moment = await now(connection)
    row = SessionRow(
        session_id=uuid.uuid4().hex,
        account_id=account_id,
        created=moment,
        last_seen=moment,
        expires=moment + lifetime,
        checked=moment,
        provider_session=provider_session,
        sealed_grant=sealed_grant,
        agent=agent,
    )
    await connection.execute(sa.insert(browser_session).values(**asdict(row)))
    return row


async def read_session(connection: AsyncConnection, session_id: str) -> SessionRow | None:
    """Read a session, None when there is none of that id."""
    query = sa.select(browser_session).where(browser_session.c.session_id == session_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _session(row)


async def read_live_sessions(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Give those of some sessions, a few hundred at most, that have not been ended."""
    if not ids:
        return set()
    columns = sa.select(browser_session.c.session_id)
    query = columns.where(browser_session.c.session_id.in_(sorted(ids)))
    return set((await connection.execute(query)).scalars())


async def list_sessions(
    connection: AsyncConnection, account_id: str, *, idle: timedelta
) -> list[SessionRow]:
    """List the sessions of an account that still hold, the last used first."""
    moment = await now(connection)
    query = (
        sa.select(browser_session)
        .where(browser_session.c.account_id == account_id)
        .where(browser_session.c.expires > moment, browser_session.c.last_seen > moment - idle)
        .order_by(browser_session.c.last_seen.desc(), browser_session.c.session_id)
    )
    return [_session(row) for row in await connection.execute(query)]


async def touch_session(connection: AsyncConnection, session_id: str, seen: datetime) -> None:
    """Note that a session is in use."""
    mine = browser_session.c.session_id == session_id
    await connection.execute(sa.update(browser_session).where(mine).values(last_seen=seen))


async def claim_check(connection: AsyncConnection, row: SessionRow, checked: datetime) -> bool:
    """Take it on to ask for the groups again; False when another request did."""
    done = await connection.execute(
        sa.update(browser_session)
        .where(browser_session.c.session_id == row.session_id)
        .where(browser_session.c.checked == row.checked)
        .values(checked=checked, last_seen=checked)
    )
    return done.rowcount == 1


async def postpone_check(connection: AsyncConnection, session_id: str, checked: datetime) -> None:
    """Postpone the next reading of the groups: they count as last read at ``checked``."""
    mine = browser_session.c.session_id == session_id
    await connection.execute(sa.update(browser_session).where(mine).values(checked=checked))


async def store_grant(connection: AsyncConnection, session_id: str, sealed_grant: str) -> None:
    """Store what the provider handed out anew."""
    mine = browser_session.c.session_id == session_id
    await connection.execute(
        sa.update(browser_session).where(mine).values(sealed_grant=sealed_grant)
    )


async def end_sessions(
    connection: AsyncConnection,
    account_id: str,
    *,
    ids: Iterable[str] | None = None,
    but: str | None = None,
    provider_session: str | None = None,
) -> int:
    """End sessions of an account, and return how many there were.

    Parameters
    ----------
    ids
        Those only; all of them when None.
    but
        One that is spared.
    provider_session
        Only those that belong to that session of the provider.
    """
    statement = sa.delete(browser_session).where(browser_session.c.account_id == account_id)
    if ids is not None:
        statement = statement.where(browser_session.c.session_id.in_(list(ids)))
    if but is not None:
        statement = statement.where(browser_session.c.session_id != but)
    if provider_session is not None:
        statement = statement.where(browser_session.c.provider_session == provider_session)
    return int((await connection.execute(statement)).rowcount)


async def find_signed_in(
    connection: AsyncConnection, issuer: str, *, subject: str | None, provider_session: str | None
) -> list[str]:
    """Give the accounts with sessions that a provider's logout token is about."""
    query = (
        sa.select(browser_session.c.account_id)
        .distinct()
        .join(account, account.c.account_id == browser_session.c.account_id)
        .where(account.c.issuer == issuer)
    )
    if subject is not None:
        query = query.where(account.c.subject == subject)
    if provider_session is not None:
        query = query.where(browser_session.c.provider_session == provider_session)
    return list((await connection.execute(query)).scalars())


async def spend(connection: AsyncConnection, kind: str, value: str, holds: timedelta) -> bool:
    """Use up something that may be used once; False when it was used before.

    Parameters
    ----------
    holds
        How long it could be presented again; it is remembered at least as long.
    """
    moment = await now(connection)
    digest = hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
    with suppress(sa.exc.IntegrityError):
        async with connection.begin_nested():
            values = {"digest": digest, "expires": moment + holds}
            await connection.execute(sa.insert(spent).values(**values))
            return True
    return False


def _session(row: sa.Row[Any]) -> SessionRow:
    return SessionRow(**{each.name: getattr(row, each.name) for each in fields(SessionRow)})
