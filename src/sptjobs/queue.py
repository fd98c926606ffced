"""The broker: its queues, the actors' names, and permits to work.

A message is a wake-up. It names a job for the log's sake and carries no state,
so that losing, repeating or reordering messages changes nothing but the time.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping
from typing import Final

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware

EXECUTE_QUEUE: Final = "execute"
CONTROL_QUEUE: Final = "control"
QUEUES: Final = (EXECUTE_QUEUE, CONTROL_QUEUE)
SLOTS_KEY: Final = "spt:slots"
"""Sorted set of the announced slots, each with the time until which it counts."""
CONTROL_KEY: Final = "spt:control"
"""The same of control workers, each of which counts as one slot; only operators look."""
SLOTS_TTL_S: Final = 10
NAMESPACE: Final = "dramatiq"
"""What the names of all of Dramatiq's keys begin with."""

_log = logging.getLogger(__name__)

# Dead consumers' messages come back soon: maintenance on 5 % of the commands.
_MAINTENANCE_CHANCE = 50_000
_HEARTBEAT_MS = 30_000


def make_broker(url: str, middleware: list[Middleware] | None = None) -> RedisBroker:
    """Make the broker of a process, with the given middleware and no other.

    Dramatiq's default middleware is left out: deadlines, retries and callbacks
    are the job row's business.
    """
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=url,
        middleware=middleware or [],
        namespace=NAMESPACE,
        heartbeat_timeout=_HEARTBEAT_MS,
        maintenance_chance=_MAINTENANCE_CHANCE,
    )


def message(actor: str, queue_name: str, *args: str | int) -> dramatiq.Message[None]:
    """Make a message for an actor by its name, so that the sender needs no actors."""
    return dramatiq.Message(
        queue_name=queue_name, actor_name=actor, args=args, kwargs={}, options={}
    )


class SlotBoard:
    """Where execute workers announce their slots, and senders count them.

    Kept in the broker under a time limit: an announcement that is lost with the
    broker is made again a second later.
    """

    def __init__(self, client: redis.Redis, key: str = SLOTS_KEY) -> None:
        self._client = client
        self._key = key

    def announce(self, worker: str, slots: int) -> None:
        """Say that ``worker`` has ``slots`` for the next ten seconds."""
        now = self._now()
        until = now + SLOTS_TTL_S
        with self._client.pipeline(transaction=False) as pipeline:
            # Of workers that are gone: each has a name of its own, and not every board is counted.
            pipeline.zremrangebyscore(self._key, 0, now)
            for slot in range(slots):
                pipeline.zadd(self._key, {f"{worker}:{slot}": until})
            pipeline.execute()

    async def keep(self, worker: str, slots: int) -> None:
        """Announce beside the event loop; while the broker is away, only the log is told."""
        try:
            await asyncio.to_thread(self.announce, worker, slots)
        except Exception as error:  # noqa: BLE001 - whatever it is, they are announced again
            _log.warning("%s: %s not announced: %s", self._key, worker, error)

    def withdraw(self, worker: str, slots: int) -> None:
        """Say that ``worker`` takes no more work."""
        self._client.zrem(self._key, *(f"{worker}:{slot}" for slot in range(slots)))

    def count(self) -> int:
        """Slots of all workers that announced themselves lately."""
        return int(self._client.zcount(self._key, f"({self._now()}", "+inf"))

    def _now(self) -> int:
        return int(self._client.time()[0])


class PermitSender:
    """Sends permits from a thread of its own, since the broker's client blocks.

    A permit lets one slot claim parts until none is ready. At most one permit
    for each slot is kept in the queue: more would wake nobody.
    """

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self._wanted: queue.SimpleQueue[tuple[str, str, int] | None] = queue.SimpleQueue()
        self._board = SlotBoard(broker.client)
        self._thread = threading.Thread(target=self._run, name="permits", daemon=True)
        broker.declare_queue(EXECUTE_QUEUE)
        broker.declare_queue(CONTROL_QUEUE)
        self._thread.start()

    def offer(self, actor: str, job_id: str, parts: int) -> None:
        """Ask for permits for ``parts`` ready parts; never blocks, never fails.

        A permit that cannot be sent is sent by the next sweep.
        """
        self._wanted.put((actor, job_id, parts))

    def close(self) -> None:
        """Send what was asked for, and end the thread."""
        self._wanted.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            try:
                send_permits(self._broker, self._board, *wanted)
            except (redis.RedisError, dramatiq.DramatiqError, OSError) as error:
                _log.warning("permit not sent, the sweep will: %s", error)


def send_permits(broker: RedisBroker, board: SlotBoard, actor: str, job_id: str, parts: int) -> int:
    """Send permits for ready parts while the queue is shorter than the slots; blocks.

    Returns
    -------
    int
        How many were sent.
    """
    room = max(board.count(), 1) - queue_length(broker, EXECUTE_QUEUE)
    count = max(0, min(parts, room))
    for _ in range(count):
        broker.enqueue(message(actor, EXECUTE_QUEUE, job_id))
    return count


def queue_length(broker: RedisBroker, name: str) -> int:
    """Messages waiting in a queue, those that a worker already fetched not counted."""
    return int(broker.client.llen(f"{broker.namespace}:{name}"))


def broker_counts(broker: RedisBroker) -> Mapping[str, int]:
    """Waiting messages of each queue, for operators."""
    return {name: queue_length(broker, name) for name in QUEUES}
