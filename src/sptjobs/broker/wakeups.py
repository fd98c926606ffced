"""Telling other processes that something changed: permits and phase changes.

Both are hints. What is lost is found again by a sweep or by a slow poll, so
nothing here fails the work that it follows.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis.asyncio
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from sptjobs.broker.pace_board import CORES_KEY, RATIOS_KEY
from sptjobs.broker.permits import PermitSender
from sptjobs.broker.queues import make_broker
from sptjobs.broker.slot_board import SLOTS_KEY

CHANNEL = "spt:jobs"
"""Publish channel; a message is the id of a job whose phase changed."""

_LAST_S = 1.0
"""How long a process that ends waits for its last wake-ups."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wakeups:
    """A process's way to wake others."""

    broker: RedisBroker
    permits: PermitSender
    client: redis.asyncio.Redis
    _waking: set[asyncio.Task[None]] = field(default_factory=set)

    def changed(self, *job_ids: str) -> None:
        """Wake whoever waits for one of these jobs; a broker that hangs is not waited for."""
        task = asyncio.create_task(self._publish(job_ids), name="wake")
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    def ready(self, job_id: str, parts: int, *, actor: str = "cut") -> None:
        """Offer permits for parts that became ready."""
        self.permits.offer(actor, job_id, parts)

    async def slots(self) -> int:
        """Count the slots of all workers, 0 when nobody can tell."""
        try:
            seconds, _ = await self.client.time()
            return int(await self.client.zcount(SLOTS_KEY, seconds, "+inf"))
        except (RedisError, OSError) as error:
            _log.warning("slots not counted: %s", error)
            return 0

    async def pace(self) -> tuple[int, list[float]]:
        """Give the cores of all workers, and measured by estimated seconds of parts lately.

        0 and none when nobody can tell.
        """
        try:
            seconds, _ = await self.client.time()
            cores = int(await self.client.zcount(CORES_KEY, seconds, "+inf"))
            ratios = await self.client.lrange(RATIOS_KEY, 0, -1)
            return cores, [float(ratio) for ratio in ratios]
        except (RedisError, OSError) as error:
            _log.warning("cores not counted: %s", error)
            return 0, []

    async def ping(self) -> str | None:
        """Say why the broker cannot be reached just now, or None when it can."""
        try:
            await self.client.ping()
        except (RedisError, OSError) as error:
            return str(error) or type(error).__name__
        return None

    async def close(self) -> None:
        """Send what was asked for, as far as the broker takes it soon."""
        if self._waking:
            _, hanging = await asyncio.wait(self._waking, timeout=_LAST_S)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        self.permits.close()
        await self.client.aclose()

    async def _publish(self, job_ids: tuple[str, ...]) -> None:
        try:
            for job_id in job_ids:
                await self.client.publish(CHANNEL, job_id)
        except (RedisError, OSError) as error:
            _log.warning("phase change not published, waiters will poll: %s", error)


@asynccontextmanager
async def open_wakeups(url: str, broker: RedisBroker | None = None) -> AsyncIterator[Wakeups]:
    """Open the broker's connections; a broker that is down is no error.

    Parameters
    ----------
    url
        Of the broker.
    broker
        The process's own broker, where it has one already.
    """
    # Short time limits: a wake-up that hangs is worth less than the poll.
    client = redis.asyncio.from_url(url, socket_timeout=5, socket_connect_timeout=2)
    broker = broker or make_broker(url)
    wakeups = Wakeups(broker, PermitSender(broker), client)
    try:
        yield wakeups
    finally:
        await wakeups.close()
