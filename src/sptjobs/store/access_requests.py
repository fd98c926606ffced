"""Requests for access: who is in no group asks, an administrator decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import access_request, account


class AccessState(StrEnum):
    """What became of a request; one that was approved stays until its account is let in."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class AccessWish:
    """What somebody asks for access with: their institute, and what they want to do."""

    LONGEST_INSTITUTE: ClassVar[int] = 120
    LONGEST_WHY: ClassVar[int] = 1_000

    institute: str
    why: str


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request with the account that asks; there is one for an account.

    Attributes
    ----------
    name, issuer, subject
        The account's name, and who it is at which identity provider.
    changed
        When it was asked or decided, whichever came last.
    decided_by, answer
        Name of the administrator, and what they answer; None while it is open.
    """

    LONGEST_ANSWER: ClassVar[int] = 200

    account_id: str
    name: str
    issuer: str
    subject: str
    wish: AccessWish
    state: AccessState
    asked: datetime
    changed: datetime
    decided_by: str | None
    answer: str | None


_REQUESTS = sa.select(
    access_request, account.c.name, account.c.issuer, account.c.subject
).join_from(access_request, account)


def _record(row: sa.Row[tuple[object, ...]]) -> AccessRequest:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    wish = AccessWish(fields.pop("institute"), fields.pop("why"))
    return AccessRequest(**fields | {"state": AccessState(fields["state"])}, wish=wish)


async def read_access_request(connection: AsyncConnection, account_id: str) -> AccessRequest | None:
    """Read the request of an account."""
    query = _REQUESTS.where(access_request.c.account_id == account_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def find_access_requests(connection: AsyncConnection, limit: int) -> list[AccessRequest]:
    """List requests: the open ones first, the longest open of them first, then the newest."""
    is_open = access_request.c.state == AccessState.OPEN
    waiting = _REQUESTS.where(is_open).order_by(access_request.c.asked).limit(limit)
    decided = _REQUESTS.where(~is_open).order_by(access_request.c.changed.desc()).limit(limit)
    rows = [*await connection.execute(waiting), *await connection.execute(decided)]
    return [_record(row) for row in rows[:limit]]


async def count_open_requests(connection: AsyncConnection) -> int:
    """Count the requests that nobody has decided."""
    is_open = access_request.c.state == AccessState.OPEN
    count = sa.select(sa.func.count()).select_from(access_request).where(is_open)
    return int(await connection.scalar(count) or 0)


async def insert_access_request(
    connection: AsyncConnection, account_id: str, wish: AccessWish
) -> None:
    """Record an open request, in the place of one that was declined.

    Raises
    ------
    IntegrityError
        There is another one, which somebody else may have made just now.
    """
    is_declined = access_request.c.state == AccessState.DECLINED
    mine = access_request.c.account_id == account_id
    await connection.execute(sa.delete(access_request).where(mine, is_declined))
    at = await now(connection)
    values = {"account_id": account_id, "institute": wish.institute, "why": wish.why}
    values |= {"state": AccessState.OPEN}
    await connection.execute(sa.insert(access_request).values(**values, asked=at, changed=at))


async def decide_access_request(
    connection: AsyncConnection, account_id: str, state: AccessState, *, by: str, answer: str
) -> bool:
    """Approve a request that is open or was declined, or decline an open one; False if it is not.

    Parameters
    ----------
    by
        Name of the administrator.
    answer
        What its account reads, empty for nothing.
    """
    sources = {AccessState.OPEN} | ({AccessState.DECLINED} - {state})
    which = access_request.c.account_id == account_id
    changed = await connection.execute(
        sa.update(access_request)
        .where(which, access_request.c.state.in_(sorted(sources)))
        .values(state=state, decided_by=by, answer=answer or None, changed=await now(connection))
    )
    return changed.rowcount > 0


async def delete_access_request(connection: AsyncConnection, account_id: str) -> None:
    """Remove the request of an account, which may have none."""
    which = access_request.c.account_id == account_id
    await connection.execute(sa.delete(access_request).where(which))
