"""Comments on jobs."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import account, job_comment


@dataclass(frozen=True, slots=True)
class JobComment:
    """What somebody who reads a job says of it; ``author`` is the account's name."""

    LONGEST: ClassVar = 2000

    comment_id: str
    job_id: str
    author_id: str
    author: str
    created: datetime
    text: str


async def read_comments(connection: AsyncConnection, job_id: str) -> list[JobComment]:
    """List the comments on a job, oldest first."""
    query = (
        sa.select(job_comment, account.c.name.label("author"))
        .join(account, account.c.account_id == job_comment.c.author_id)
        .where(job_comment.c.job_id == job_id)
        .order_by(job_comment.c.created, job_comment.c.comment_id)
    )
    rows = await connection.execute(query)
    return [JobComment(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


async def insert_comment(connection: AsyncConnection, made: JobComment) -> None:
    """Record a comment."""
    values = {"comment_id": made.comment_id, "job_id": made.job_id, "text": made.text}
    query = sa.insert(job_comment).values(**values, author_id=made.author_id, created=made.created)
    await connection.execute(query)


async def delete_comment(connection: AsyncConnection, comment_id: str) -> None:
    """Remove a comment."""
    await connection.execute(sa.delete(job_comment).where(job_comment.c.comment_id == comment_id))
