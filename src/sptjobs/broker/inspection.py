"""What is in the broker, for operators: queues, dead letters, slots that were announced.

Read with the broker's plain commands, and beside Dramatiq: it offers no such
questions. Messages are shown and discarded, never sent again: the job row is the
truth, and the sweep sends what is missing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import redis.asyncio
from dramatiq import DecodeError, Message
from redis.exceptions import RedisError

from sptjobs.broker.queues import NAMESPACE, QUEUES, Role
from sptjobs.broker.slot_board import CONTROL_KEY, SLOTS_KEY, SLOTS_TTL_S
from sptjobs.uws.errors import UnavailableError

_TIMEOUT_S: Final = 3.0
_LONGEST_TEXT: Final = 300

_BOARDS: Final[tuple[tuple[Role, str], ...]] = (("control", CONTROL_KEY), ("execute", SLOTS_KEY))


@dataclass(frozen=True, slots=True)
class QueueState:
    """Messages of a queue: those that wait, are delayed, are fetched and not done, are dead."""

    name: str
    waiting: int
    delayed: int
    in_flight: int
    dead: int


@dataclass(frozen=True, slots=True)
class Announced:
    """A worker that announced itself, with its slots, and how long ago [s].

    Control workers have one slot, which cuts nothing.
    """

    worker: str
    role: Role
    slots: int
    age_s: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the broker now."""

    queues: tuple[QueueState, ...]
    workers: tuple[Announced, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, and when.

    Attributes
    ----------
    actor, job_id
        Whom and what it names; None where it cannot be read, or names none.
    error
        Last line of the exception, where the message tells one.
    """

    queue: str
    message_id: str
    at: datetime
    actor: str | None
    job_id: str | None
    error: str | None


async def read_counts(client: redis.asyncio.Redis, timeout_s: float) -> tuple[dict[str, int], int]:
    """Count the messages that wait in each queue, and the slots of all workers.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not within that time.
    """
    async with broker_errors(timeout_s):
        seconds, _ = await client.time()
        async with client.pipeline(transaction=False) as pipeline:
            for name in QUEUES:
                pipeline.llen(_key(name))
            pipeline.zcount(SLOTS_KEY, f"({seconds}", "+inf")
            *waiting, slots = await pipeline.execute()
    return dict(zip(QUEUES, waiting, strict=True)), int(slots)


async def read_contents(client: redis.asyncio.Redis) -> Contents:
    """Look at all queues and slots.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    async with broker_errors(_TIMEOUT_S):
        beating: Any = await client.zrange(_key("__heartbeats__"), 0, -1)
        consumers = [_text(each) for each in beating]
        queues = [await _queue_state(client, name, consumers) for name in QUEUES]
        seconds, _ = await client.time()
        workers: list[Announced] = []
        for role, key in _BOARDS:
            slots: Any = await client.zrangebyscore(key, seconds, "+inf", withscores=True)
            workers += _announced(role, slots, int(seconds))
    return Contents(tuple(queues), tuple(workers))


async def read_dead_letters(
    client: redis.asyncio.Redis, limit: int
) -> tuple[list[DeadLetter], dict[str, int]]:
    """List the newest dead letters of all queues, and count all of each queue.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    found: list[DeadLetter] = []
    counts = {}
    async with broker_errors(_TIMEOUT_S):
        for name in QUEUES:
            dead = _key(f"{name}.XQ")
            counts[name] = int(await client.zcard(dead))
            newest: Any = await client.zrange(dead, 0, limit - 1, desc=True, withscores=True)
            ids = [each for each, _ in newest]
            messages: Any = await client.hmget(f"{dead}.msgs", ids) if ids else []
            pairs = zip(newest, messages, strict=True)
            found += [_dead_letter(name, _text(each), at, data) for (each, at), data in pairs]
    found.sort(key=lambda each: each.at, reverse=True)
    return found[:limit], counts


async def discard_dead_letters(client: redis.asyncio.Redis, queue: str, until: datetime) -> int:
    """Remove a queue's dead letters that died until then; tell how many.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    dead = _key(f"{queue}.XQ")
    async with broker_errors(_TIMEOUT_S):
        ids = await client.zrangebyscore(dead, 0, round(until.timestamp() * 1000))
        if not ids:
            return 0
        async with client.pipeline(transaction=True) as pipeline:
            pipeline.zrem(dead, *ids)
            pipeline.hdel(f"{dead}.msgs", *ids)
            removed, _ = await pipeline.execute()
    return int(removed)


@asynccontextmanager
async def broker_errors(timeout_s: float) -> AsyncIterator[None]:
    """Give the broker so long for all that is asked of it.

    Raises
    ------
    UnavailableError
        It does not respond, or not within that time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise UnavailableError(f"the broker does not respond within {timeout_s:g} s") from error
    except (RedisError, OSError) as error:
        raise UnavailableError(f"the broker does not respond: {error}") from error


async def _queue_state(
    client: redis.asyncio.Redis, name: str, consumers: Iterable[str]
) -> QueueState:
    async with client.pipeline(transaction=False) as pipeline:
        pipeline.llen(_key(name))
        pipeline.llen(_key(f"{name}.DQ"))
        pipeline.zcard(_key(f"{name}.XQ"))
        for consumer in consumers:
            pipeline.scard(_key(f"__acks__.{consumer}.{name}"))
        waiting, delayed, dead, *fetched = await pipeline.execute()
    return QueueState(name, waiting, delayed, sum(fetched), dead)


def _announced(role: Role, slots: Iterable[tuple[bytes, float]], now: int) -> list[Announced]:
    """Sum the slots up by their workers."""
    counts: dict[str, int] = {}
    until: dict[str, int] = {}
    for member, score in slots:
        worker = _text(member).rpartition(":")[0]
        counts[worker] = counts.get(worker, 0) + 1
        until[worker] = int(score)
    return [
        Announced(worker, role, counts[worker], max(0, SLOTS_TTL_S - (until[worker] - now)))
        for worker in sorted(counts)
    ]


def _dead_letter(queue: str, message_id: str, at_ms: float, data: bytes | None) -> DeadLetter:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    try:
        message: Message[Any] = Message.decode(data or b"")
    except DecodeError:
        return DeadLetter(queue, message_id, at, None, None, "the message cannot be read")
    job_id = str(message.args[0])[:_LONGEST_TEXT] if message.args else None
    lines = str(message.options.get("traceback", "")).strip().splitlines()
    error = lines[-1][:_LONGEST_TEXT] if lines else None
    return DeadLetter(queue, message_id, at, message.actor_name, job_id or None, error)


def _key(name: str) -> str:
    return f"{NAMESPACE}:{name}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
