"""What users want to know, and the messages that wait to be sent.

A notice is a wish: which user, about what, and by which way. A message is one thing that it is
about; its row is made in the transaction of that thing, and goes when it was sent.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import now
from sptjobs.store.schema import account, job, notice, notice_message

MAX_FAILURES: Final = 8
"""Tries after which nothing more is sent by a notice: about a day."""

LONGEST_ERROR: Final = 200


class Topic(StrEnum):
    """What somebody wants to know: that a job of theirs has ended, or who asks for access.

    That their own request for access was decided is sent to each who asked, by mail: asking
    for access is asking for the answer.
    """

    JOBS = "jobs"
    REQUESTS = "requests"
    DECISION = "decision"


class Medium(StrEnum):
    """The way by which."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """What somebody asks for; a webhook has an address, one job alone its id."""

    channel: Medium
    topic: Topic = Topic.JOBS
    url: str | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice.

    Attributes
    ----------
    secret
        What a webhook is signed with; None for a mail.
    not_before
        Until when nothing is sent by it; None for at once.
    failures, last_error
        How often sending failed since it last went well, and why the last time.
    """

    notice_id: str
    account_id: str
    wish: NoticeWish
    secret: str | None
    created: datetime
    not_before: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    last_sent: datetime | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it failed so often that nothing is sent by it any more."""
        return self.failures >= MAX_FAILURES


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """One thing to send: about a job, or about an account that asks for access."""

    message_id: int
    job_id: str | None
    about_id: str | None


def _record(row: sa.Row[tuple[object, ...]]) -> Notice:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    wish = NoticeWish(
        Medium(fields.pop("channel")),
        Topic(fields.pop("topic")),
        fields.pop("url"),
        fields.pop("job_id"),
    )
    return Notice(**fields, wish=wish)


async def read_notices(connection: AsyncConnection, account_id: str) -> list[Notice]:
    """List the notices that an account has asked for, oldest first."""
    chosen = notice.c.topic != Topic.DECISION
    query = sa.select(notice).where(notice.c.account_id == account_id, chosen)
    rows = await connection.execute(query.order_by(notice.c.created, notice.c.notice_id))
    return [_record(row) for row in rows]


async def insert_notice(connection: AsyncConnection, made: Notice) -> None:
    """Record a notice."""
    values = {"notice_id": made.notice_id, "account_id": made.account_id, "secret": made.secret}
    values |= {"channel": made.wish.channel, "topic": made.wish.topic, "url": made.wish.url}
    values |= {"job_id": made.wish.job_id}
    await connection.execute(sa.insert(notice).values(**values, created=made.created))


async def delete_notice(connection: AsyncConnection, account_id: str, notice_id: str) -> bool:
    """Remove a notice of an account with what waits to be sent by it; False if it has none such."""
    which = sa.and_(notice.c.notice_id == notice_id, notice.c.account_id == account_id)
    return (await connection.execute(sa.delete(notice).where(which))).rowcount > 0


async def tell_of_request(connection: AsyncConnection, account_id: str) -> None:
    """Let administrators know who asks for access, if they ask for it."""
    at = await now(connection)
    await _enqueue(connection, notice, notice.c.topic == Topic.REQUESTS, at, about_id=account_id)


async def tell_of_decision(connection: AsyncConnection, account_id: str) -> None:
    """Mail somebody that their request for access was decided; not who has no address."""
    if await read_email(connection, account_id) is None:
        return
    mine = sa.and_(notice.c.account_id == account_id, notice.c.topic == Topic.DECISION)
    # What could not be sent once may go well now.
    known = await connection.execute(sa.update(notice).where(mine).values(failures=0))
    at = await now(connection)
    if known.rowcount == 0:
        wish = NoticeWish(Medium.MAIL, Topic.DECISION)
        await insert_notice(connection, Notice(uuid.uuid4().hex, account_id, wish, None, at))
    await _enqueue(connection, notice, mine, at, about_id=account_id)


async def _enqueue(
    connection: AsyncConnection,
    source: sa.FromClause,
    which: sa.ColumnElement[bool],
    at: datetime,
    *,
    about_id: str,
) -> None:
    about = sa.literal(about_id, sa.String)
    inserted = _messages(source, which, sa.null(), about, sa.literal(at, _CREATED))
    await connection.execute(inserted)


def _messages(
    source: sa.FromClause,
    which: sa.ColumnElement[bool],
    job_id: sa.ColumnElement[Any],
    about_id: sa.ColumnElement[Any],
    at: sa.ColumnElement[Any],
) -> sa.Insert:
    """Insert a message by each of the notices that are chosen."""
    chosen = (
        sa.select(notice.c.notice_id, job_id, about_id, at)
        .select_from(source)
        .where(which, notice.c.failures < MAX_FAILURES)
    )
    columns = ("notice_id", "job_id", "about_id", "created")
    return sa.insert(notice_message).from_select(columns, chosen)


def _messages_of_job() -> sa.Insert:
    of_job = sa.bindparam("of_job", type_=sa.String)
    chosen = sa.and_(
        job.c.job_id == of_job,
        notice.c.topic == Topic.JOBS,
        sa.or_(notice.c.job_id.is_(None), notice.c.job_id == of_job),
    )
    owners = sa.join(notice, job, job.c.owner_id == notice.c.account_id)
    return _messages(owners, chosen, job.c.job_id, sa.null(), sa.bindparam("at", type_=_CREATED))


_CREATED = notice_message.c.created.type
MESSAGES_OF_JOB = _messages_of_job()
"""Lets the user of a job, ``of_job``, know that it has ended, ``at``, if they ask for it: for the
transaction of its end. Made once, because making a statement takes longer than running it."""


async def find_due_notices(connection: AsyncConnection, delay: timedelta, limit: int) -> list[str]:
    """Find notices by which something is to be sent now, the longest waiting first.

    Parameters
    ----------
    delay
        How long a message waits before it is sent: one of a job that is deleted meanwhile is not.
    """
    clock = await now(connection)
    free = sa.or_(notice.c.not_before.is_(None), notice.c.not_before <= clock)
    query = (
        sa.select(notice_message.c.notice_id)
        .join(notice)
        .where(notice_message.c.created <= clock - delay, free)
        .group_by(notice_message.c.notice_id)
        .order_by(sa.func.min(notice_message.c.created))
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def claim_notice(
    connection: AsyncConnection, notice_id: str, hold: timedelta
) -> Notice | None:
    """Keep others from sending by a notice for a while; None when somebody does, or it is gone."""
    clock = await now(connection)
    free = sa.or_(notice.c.not_before.is_(None), notice.c.not_before <= clock)
    claimed = await connection.execute(
        sa.update(notice)
        .where(notice.c.notice_id == notice_id, free)
        .values(not_before=clock + hold)
    )
    if claimed.rowcount == 0:
        return None
    query = sa.select(notice).where(notice.c.notice_id == notice_id)
    return _record((await connection.execute(query)).one())


async def waiting_messages(
    connection: AsyncConnection, notice_id: str, limit: int
) -> list[WaitingMessage]:
    """List what waits to be sent by a notice, oldest first."""
    columns = (notice_message.c.message_id, notice_message.c.job_id, notice_message.c.about_id)
    query = sa.select(*columns).where(notice_message.c.notice_id == notice_id)
    rows = await connection.execute(query.order_by(notice_message.c.message_id).limit(limit))
    return [WaitingMessage(*row) for row in rows]


async def note_sent(
    connection: AsyncConnection, notice_id: str, message_ids: Collection[int], pause: timedelta
) -> None:
    """Remove messages that were sent, and let the next ones be sent after a pause."""
    sent = notice_message.c.message_id.in_(sorted(message_ids))
    await connection.execute(sa.delete(notice_message).where(sent))
    clock = await now(connection)
    await connection.execute(
        sa.update(notice)
        .where(notice.c.notice_id == notice_id)
        .values(failures=0, last_error=None, last_sent=clock, not_before=clock + pause)
    )


async def note_failure(
    connection: AsyncConnection, failed: Notice, reason: str, pause: timedelta
) -> None:
    """Let a notice wait after a failure; after the last one nothing more is sent by it."""
    values = {"failures": failed.failures + 1, "last_error": reason[:LONGEST_ERROR]}
    which = notice.c.notice_id == failed.notice_id
    not_before = await now(connection) + pause
    await connection.execute(sa.update(notice).where(which).values(**values, not_before=not_before))
    if failed.failures + 1 >= MAX_FAILURES:
        await connection.execute(
            sa.delete(notice_message).where(notice_message.c.notice_id == failed.notice_id)
        )


async def read_email(connection: AsyncConnection, account_id: str) -> str | None:
    """Read the mail address of an account, as the identity provider vouches for it."""
    query = sa.select(account.c.email).where(account.c.account_id == account_id)
    found: str | None = await connection.scalar(query)
    return found


async def store_email(connection: AsyncConnection, account_id: str, email: str | None) -> None:
    """Keep the mail address of an account; None where the provider vouches for none."""
    changed = sa.update(account).where(account.c.account_id == account_id)
    await connection.execute(changed.values(email=email))
