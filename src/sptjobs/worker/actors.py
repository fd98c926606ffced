"""Dramatiq actors: thin ways for another process to call the engine.

There is one for each transition of a phase that neither a client nor the work on a part makes,
``deliver`` for messages to users, and ``execute`` and ``cut``, the permits. A repeated, late or
reordered message does no harm: the functions look at rows. Nothing is retried here; the sweep is
the only retry.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import dramatiq
from dramatiq import Broker

from sptjobs.broker.queues import ACTORS, CONTROL_QUEUE, EXECUTE_QUEUE
from sptjobs.engine.engine import Engine
from sptjobs.engine.swept_transitions import make_due
from sptjobs.execution.executor import Executor
from sptjobs.messaging.delivering import send_by_notice
from sptjobs.uws.errors import ServiceError

ControlActor = Callable[[Engine, str], Awaitable[str]]
ExecuteActor = Callable[[Executor, str], Awaitable[None]]


async def execute(executor: Executor, _job_id: str) -> None:
    """Wake a slot for a job that was queued: QUEUED to EXECUTING as it is claimed."""
    await executor.work()


async def cut(executor: Executor, _job_id: str) -> None:
    """Let a slot work parts off until none is ready."""
    await executor.work()


async def queue(engine: Engine, job_id: str) -> str:
    """Release a job: HELD to QUEUED, when there is room for it."""
    return await make_due(engine, "queue", job_id)


async def complete(engine: Engine, job_id: str) -> str:
    """Repair a job: EXECUTING to COMPLETED, when all its parts are done."""
    return await make_due(engine, "complete", job_id)


async def fail(engine: Engine, job_id: str) -> str:
    """Repair a job: QUEUED or EXECUTING to ERROR, when no part is left and not all are done."""
    return await make_due(engine, "fail", job_id)


async def abort(engine: Engine, job_id: str) -> str:
    """End a job in time: to ABORTED, by its execution duration or its destruction time."""
    return await make_due(engine, "abort", job_id)


async def archive(engine: Engine, job_id: str) -> str:
    """Destroy an ended job: to ARCHIVED, at its destruction time."""
    return await make_due(engine, "archive", job_id)


async def deliver(engine: Engine, notice_id: str) -> str:
    """Send users what they asked to know."""
    return await send_by_notice(engine, notice_id)


EXECUTE_ACTORS: tuple[ExecuteActor, ...] = (execute, cut)
CONTROL_ACTORS: tuple[ControlActor, ...] = (queue, complete, fail, abort, archive, deliver)


def _check(queue_name: str, actors: Sequence[Callable[..., Any]]) -> None:
    declared = [each.__name__ for each in actors]
    if sorted(declared) != sorted(ACTORS[queue_name]):
        listed = ", ".join(ACTORS[queue_name])
        raise ImportError(f"actors of the queue {queue_name}: {', '.join(declared)}, not {listed}")


_check(EXECUTE_QUEUE, EXECUTE_ACTORS)
_check(CONTROL_QUEUE, CONTROL_ACTORS)


def register_execute(broker: Broker, executor: Callable[[], Executor]) -> None:
    """Register what execute workers listen to.

    Parameters
    ----------
    executor
        Gives the process's executor, which exists once the worker has booted.
    """
    for function in EXECUTE_ACTORS:
        _declare(broker, EXECUTE_QUEUE, function, executor)


def register_control(broker: Broker, engine: Callable[[], Engine]) -> None:
    """Register what control workers listen to; results of actors stay for operators to see.

    Parameters
    ----------
    broker
        With the middleware of ``sptjobs.broker.control_results``.
    engine
        Gives the process's engine, which exists once the worker has booted.
    """
    for function in CONTROL_ACTORS:
        # What is refused, or fails while the database is away, needs no traceback.
        # Of messages to users, their notices tell.
        kept = function is not deliver
        _declare(broker, CONTROL_QUEUE, function, engine, store_results=kept, throws=ServiceError)


def _declare(
    broker: Broker,
    queue_name: str,
    function: Callable[[Any, str], Awaitable[Any]],
    works_on: Callable[[], Any],
    **options: Any,
) -> None:
    async def run(job_id: str) -> Any:
        return await function(works_on(), job_id)

    name = function.__name__
    dramatiq.actor(broker=broker, queue_name=queue_name, actor_name=name, **options)(run)
