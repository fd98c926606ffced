"""With whom jobs are shared: for reading only."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import account, job, job_share

_BATCH = 10_000
"""Values of one query: a third of what the databases take."""


class ShareKind(StrEnum):
    """Whom a share lets read a job: a member, a group, or each member who has the address."""

    MEMBER = "member"
    GROUP = "group"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class ShareWish:
    """Whom a job is to be shared with, as its owner says it; a link has no name."""

    kind: ShareKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class JobShare:
    """A share of a job.

    Attributes
    ----------
    holder
        Account id of a member, name of a group; empty for a link.
    name
        The holder as people know it.
    """

    share_id: str
    job_id: str
    kind: ShareKind
    holder: str
    name: str
    created: datetime


@dataclass(frozen=True, slots=True)
class JobReader:
    """An account with its groups, whom jobs may be shared with."""

    account_id: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may read a job beside administrators: its owner, and the holders of its shares."""

    owner_id: str
    holders: frozenset[tuple[ShareKind, str]] = frozenset()


async def read_audiences(
    connection: AsyncConnection, job_ids: Collection[str]
) -> dict[str, Audience]:
    """Read who may read some jobs; those that are gone have no entry."""
    owners: dict[str, str] = {}
    holders: defaultdict[str, set[tuple[ShareKind, str]]] = defaultdict(set)
    ids = sorted(job_ids)
    for batch in (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)):
        query = (
            sa.select(job.c.job_id, job.c.owner_id, job_share.c.kind, job_share.c.holder)
            .outerjoin(job_share, job_share.c.job_id == job.c.job_id)
            .where(job.c.job_id.in_(batch))
        )
        for row in await connection.execute(query):
            owners[row.job_id] = row.owner_id
            if row.kind is not None:
                holders[row.job_id].add((ShareKind(row.kind), row.holder))
    return {
        job_id: Audience(owner_id, frozenset(holders[job_id]))
        for job_id, owner_id in owners.items()
    }


async def read_shares(connection: AsyncConnection, job_id: str) -> list[JobShare]:
    """List the shares of a job, oldest first."""
    is_holder = sa.and_(
        job_share.c.kind == ShareKind.MEMBER, account.c.account_id == job_share.c.holder
    )
    query = (
        sa.select(job_share, account.c.name)
        .outerjoin(account, is_holder)
        .where(job_share.c.job_id == job_id)
        .order_by(job_share.c.created, job_share.c.share_id)
    )
    return [
        JobShare(row.share_id, row.job_id, ShareKind(row.kind), row.holder, row.name or row.holder,
              row.created)
        for row in await connection.execute(query)
    ]  # fmt: skip


async def insert_share(connection: AsyncConnection, share: JobShare) -> None:
    """Record a share."""
    values = {"share_id": share.share_id, "job_id": share.job_id, "kind": share.kind}
    values |= {"holder": share.holder}
    await connection.execute(sa.insert(job_share).values(**values, created=share.created))


async def delete_share(connection: AsyncConnection, share_id: str) -> None:
    """Remove a share."""
    await connection.execute(sa.delete(job_share).where(job_share.c.share_id == share_id))


def is_shared_with(reader: JobReader) -> sa.ColumnElement[bool]:
    """Select the jobs of others that are shared with an account, or with one of its groups."""
    to_member = sa.and_(
        job_share.c.kind == ShareKind.MEMBER, job_share.c.holder == reader.account_id
    )
    to_group = sa.and_(
        job_share.c.kind == ShareKind.GROUP, job_share.c.holder.in_(sorted(reader.groups))
    )
    shared = sa.select(job_share.c.job_id).where(sa.or_(to_member, to_group))
    return sa.and_(job.c.owner_id != reader.account_id, job.c.job_id.in_(shared))
