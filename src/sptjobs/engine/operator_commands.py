"""What operators do to jobs and queues: by the same transitions as everybody, and written down.

Nothing here sends a message again. A job changes by compare-and-set in one
transaction with its row of the audit log; who comes too late gets an error.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.broker.inspection import broker_errors, discard_dead_letters
from sptjobs.engine import transitions
from sptjobs.engine.engine import Engine
from sptjobs.engine.ready_parts import send_ready
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.jobs import read_job
from sptjobs.uws.errors import TransitionError, UnknownJobError

_TIMEOUT_S: Final = 5.0

BY_OPERATOR: Final = "by an operator"
"""What a job's history and its user see of who did it."""


async def abort_for_operator(engine: Engine, job_id: str, actor: Actor, reason: str = "") -> None:
    """Abort anybody's job; its finished parts stay.

    Parameters
    ----------
    reason
        In words for its user, who is shown them.

    Raises
    ------
    TransitionError
        The job has ended already.
    """
    said = f"{BY_OPERATOR}: {reason}" if reason else BY_OPERATOR
    async with engine.database.write() as connection:
        if not await transitions.abort(connection, job_id, said):
            await _refuse(connection, job_id, "ABORT: the job is {} already")
        await record_audit(connection, "job.abort", actor, target=job_id, detail=reason or None)
    engine.wakeups.changed(job_id)


async def archive_for_operator(engine: Engine, job_id: str, actor: Actor) -> None:
    """Archive an ended job of anybody before its time: its record stays a while, its files go.

    Raises
    ------
    TransitionError
        The job has not ended, or is archived.
    """
    async with engine.database.write() as connection:
        if not await transitions.archive(connection, job_id, BY_OPERATOR):
            await _refuse(connection, job_id, "ARCHIVE: the job is {}; one that has ended is meant")
        await record_audit(connection, "job.archive", actor, target=job_id)
    engine.wakeups.changed(job_id)


async def wake_workers(engine: Engine, actor: Actor) -> int:
    """Send permits for what is ready; tell how many.

    Raises
    ------
    UnavailableError
        The database or the broker does not respond, or not soon.
    """
    async with broker_errors(_TIMEOUT_S):
        sent = await send_ready(engine)
    async with engine.database.write() as connection:
        await record_audit(connection, "queue.wake", actor, detail=f"{sent} permits sent")
    return sent


async def discard_for_operator(engine: Engine, queue: str, until: datetime, actor: Actor) -> int:
    """Discard a queue's dead letters that died until then; tell how many."""
    count = await discard_dead_letters(engine.wakeups.client, queue, until)
    async with engine.database.write() as connection:
        detail = f"{count} dead letters until {until:%Y-%m-%dT%H:%M:%S}Z"
        await record_audit(connection, "queue.discard", actor, target=queue, detail=detail)
    return count


async def _refuse(connection: AsyncConnection, job_id: str, message: str) -> None:
    found = await read_job(connection, job_id)
    if found is None:
        raise UnknownJobError(f"there is no job {job_id}")
    raise TransitionError(message.format(found.phase))
