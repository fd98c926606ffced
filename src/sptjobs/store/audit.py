"""The audit log: who signed in, and what was done with tokens and by operators.

Rows are only ever added, until their time is over (``SPT_AUDIT_KEPT_S``). They hold ids,
never a token, a code or a cookie.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import Database, now
from sptjobs.store.schema import audit

AuditOutcome = Literal["ok", "refused"]
_LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from where; whoever failed to sign in has no account.

    Attributes
    ----------
    account_id, name
        The account, and its name at the time.
    address
        The client's network address, None for a command on the machine.
    request_id
        Leads to the lines of the log.
    """

    account_id: str | None = None
    name: str | None = None
    address: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A row of the log; ``target`` is the id of what was acted on."""

    at: datetime
    action: str
    outcome: str
    account_id: str | None
    name: str | None
    target: str | None
    address: str | None
    request_id: str | None
    detail: str | None


async def record_audit(
    connection: AsyncConnection,
    action: str,
    actor: Actor,
    *,
    target: str | None = None,
    outcome: AuditOutcome = "ok",
    detail: str | None = None,
) -> None:
    """Add a row, in the transaction of what it tells of.

    Parameters
    ----------
    action
        What was done, as ``session.begin`` or ``token.revoke``.
    """
    values = asdict(actor) | {"action": action, "outcome": outcome, "target": target}
    values["detail"] = None if detail is None else detail[:_LONGEST_DETAIL]
    values["at"] = await now(connection)
    await connection.execute(sa.insert(audit).values(**values))


async def record_once(
    database: Database, action: str, actor: Actor, *, target: str, within: timedelta
) -> None:
    """Add a row unless the same was recorded a short time ago: for what is done in a loop.

    It looks before it writes: on SQLite only one process writes at a time.
    """
    same = sa.select(audit.c.audit_id).where(
        audit.c.account_id == actor.account_id,
        audit.c.action == action,
        audit.c.target == target,
    )
    async with database.read() as connection:
        if await _is_any_since(connection, same, within):
            return
    async with database.write() as connection:
        if not await _is_any_since(connection, same, within):
            await record_audit(connection, action, actor, target=target)


async def _is_any_since(
    connection: AsyncConnection, rows: sa.Select[Any], within: timedelta
) -> bool:
    recent = rows.where(audit.c.at > await now(connection) - within)
    return (await connection.execute(recent.limit(1))).first() is not None


async def read_audit(
    connection: AsyncConnection,
    *,
    name: str | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
) -> AsyncIterator[AuditEntry]:
    """Give rows in the order in which they were written.

    Parameters
    ----------
    name
        Name or account id of whoever acted; everybody when None.
    after, before
        From when on, and until when, end exclusive.
    """
    query = sa.select(audit).order_by(audit.c.audit_id)
    if name is not None:
        query = query.where(sa.or_(audit.c.name == name, audit.c.account_id == name))
    if after is not None:
        query = query.where(audit.c.at >= after)
    if before is not None:
        query = query.where(audit.c.at < before)
    async with connection.stream(query) as rows:
        async for row in rows:
            fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
            del fields["audit_id"]
            yield AuditEntry(**fields)
