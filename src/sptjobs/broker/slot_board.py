"""The boards on which workers announce themselves in the broker."""

import asyncio
from typing import Final

import redis

from sptjobs.uws.errors import UnavailableError

SLOTS_KEY: Final = "spt:slots"
"""Sorted set of the announced slots, each with the time until which it counts."""

CONTROL_KEY: Final = "spt:control"
"""The same of control workers, each of which counts as one slot; only operators look."""

SLOTS_TTL_S: Final = 10

_ROOM: Final = """
local now = redis.call('TIME')[1]
local slots = redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
return math.max(slots, 1) - redis.call('LLEN', KEYS[2])
"""


class SlotBoard:
    """Where execute workers announce their slots, and senders count them.

    Kept in the broker under a time limit: an announcement that is lost with the
    broker is made again a second later.
    """

    def __init__(self, client: redis.Redis, key: str = SLOTS_KEY) -> None:
        self._client = client
        self._key = key
        self._room = client.register_script(_ROOM)

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
        """Announce beside the event loop.

        Raises
        ------
        UnavailableError
            The broker does not respond; they are to be announced again.
        """
        try:
            await asyncio.to_thread(self.announce, worker, slots)
        except (redis.RedisError, OSError) as error:
            raise UnavailableError(f"the broker does not respond: {error!r}") from error

    def withdraw(self, worker: str, slots: int) -> None:
        """Say that ``worker`` takes no more work."""
        self._client.zrem(self._key, *(f"{worker}:{slot}" for slot in range(slots)))

    def count(self) -> int:
        """Slots of all workers that announced themselves lately."""
        return int(self._client.zcount(self._key, f"({self._now()}", "+inf"))

    def room(self, queue_key: str) -> int:
        """How many more messages than a queue has there are slots, one at least; in one command.

        Parameters
        ----------
        queue_key
            Key of the list of messages that wait.
        """
        return int(self._room(keys=[self._key, queue_key]))

    def _now(self) -> int:
        return int(self._client.time()[0])
