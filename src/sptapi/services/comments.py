"""Comments on jobs: whoever may read the job reads and writes them."""

import uuid
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.identity import Identity
from sptapi.auth.policy import may_comment_on_job, may_read_job, owns_job
from sptapi.services.job_access import opened_job, readable_job, unknown_job
from sptjobs.engine.transitions import lock
from sptjobs.store.comments import JobComment, delete_comment, insert_comment, read_comments
from sptjobs.store.database import Database, now
from sptjobs.store.shares import read_audiences
from sptjobs.uws.errors import AuthorizationError, LimitError, UnknownResultError

MAX_COMMENTS: Final = 500
"""Comments on one job."""


async def comments_on(database: Database, identity: Identity, job_id: str) -> list[JobComment]:
    """List the comments on a job that the identity may see, oldest first."""
    async with opened_job(database, identity, job_id) as (_, connection):
        return await read_comments(connection, job_id)


async def comment_on(database: Database, identity: Identity, job_id: str, text: str) -> JobComment:
    """Say something of a job that the identity may see.

    Raises
    ------
    UnknownJobError
        There is no such job that it may see.
    AuthorizationError
        It may see the job as an administrator only.
    LimitError
        The job has as many comments as one may have.
    """
    async with opened_job(database, identity, job_id) as (_, connection):
        await _check_may_comment(connection, identity, job_id)
    async with database.write() as connection:
        # Under the lock of the job nobody begins or ends a share of it.
        if await lock(connection, job_id) is None:
            raise unknown_job(job_id)
        await _check_may_comment(connection, identity, job_id)
        if (count := len(await read_comments(connection, job_id))) >= MAX_COMMENTS:
            raise LimitError(f"the job has {count} comments; remove one")
        at, comment_id = await now(connection), uuid.uuid4().hex
        made = JobComment(comment_id, job_id, identity.account_id, identity.name, at, text)
        await insert_comment(connection, made)
    return made


async def _check_may_comment(connection: AsyncConnection, identity: Identity, job_id: str) -> None:
    audience = (await read_audiences(connection, [job_id])).get(job_id)
    if audience is None or not may_read_job(identity, audience):
        raise unknown_job(job_id)
    if not may_comment_on_job(identity, audience):
        raise AuthorizationError("only its owner, and those with whom it is shared, comment on it")


async def remove_comment(
    database: Database, identity: Identity, job_id: str, comment_id: str
) -> None:
    """Remove a comment: its author's, or any from a job of one's own.

    Raises
    ------
    UnknownResultError
        The job has no such comment.
    AuthorizationError
        It is somebody else's, and so is the job.
    """
    job = await readable_job(database, identity, job_id)
    async with database.write() as connection:
        known = {each.comment_id: each for each in await read_comments(connection, job_id)}
        if (found := known.get(comment_id)) is None:
            raise UnknownResultError(f"job {job_id} has no comment {comment_id[:80]}")
        if found.author_id != identity.account_id and not owns_job(identity, job):
            raise AuthorizationError("the comment is another user's")
        await delete_comment(connection, comment_id)
