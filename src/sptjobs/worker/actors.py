"""Dramatiq actors: thin ways for another process to call the engine.

There is one for each UWS transition that is made by a message, and ``cut``, the
permit. A repeated, late or reordered message does no harm: the functions look
at the job row. Nothing is retried here; the sweep is the only retry.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import dramatiq
from dramatiq import Broker

from sptjobs.broker.queues import CONTROL_QUEUE, EXECUTE_QUEUE
from sptjobs.engine import transitions
from sptjobs.engine.engine import Engine
from sptjobs.execution.executor import Executor
from sptjobs.uws.jobs import ErrorSummary


def register_execute(broker: Broker, executor: Callable[[], Executor]) -> None:
    """Register what execute workers listen to: ``execute`` and ``cut``.

    Parameters
    ----------
    executor
        Gives the process's executor, which exists once the worker has booted.
    """

    async def execute(_job_id: str) -> None:
        """Wake a slot for a job that was queued: QUEUED to EXECUTING as it is claimed."""
        await executor().work()

    async def cut(_job_id: str) -> None:
        """Let a slot work parts off until none is ready."""
        await executor().work()

    for function in (execute, cut):
        _declare(broker, EXECUTE_QUEUE, function)


def register_control(broker: Broker, engine: Callable[[], Engine]) -> None:
    """Register what control workers listen to: the transitions that operators send."""

    async def queue(job_id: str) -> None:
        """Queue a PENDING or HELD job."""
        async with engine().database.write() as connection:
            queued = await transitions.queue(connection, job_id)
        if queued:
            engine().wakeups.ready(job_id, 1, actor="execute")
        engine().wakeups.changed(job_id)

    async def complete(job_id: str) -> None:
        """Complete a job that has nothing left to do."""
        async with engine().database.write() as connection:
            await transitions.complete(connection, job_id)
        engine().wakeups.changed(job_id)

    async def fail(job_id: str, message: str) -> None:
        """Take a job to ERROR."""
        async with engine().database.write() as connection:
            await transitions.fail(connection, job_id, ErrorSummary("Error", message))
        engine().wakeups.changed(job_id)

    async def abort(job_id: str, reason: str) -> None:
        """Abort a job."""
        async with engine().database.write() as connection:
            await transitions.abort(connection, job_id, reason)
        engine().wakeups.changed(job_id)

    async def archive(job_id: str) -> None:
        """Archive a final job."""
        async with engine().database.write() as connection:
            await transitions.archive(connection, job_id)
        engine().wakeups.changed(job_id)

    for function in (queue, complete, fail, abort, archive):
        _declare(broker, CONTROL_QUEUE, function)


def _declare(broker: Broker, queue_name: str, function: Callable[..., Awaitable[Any]]) -> None:
    dramatiq.actor(broker=broker, queue_name=queue_name, actor_name=function.__name__)(function)
