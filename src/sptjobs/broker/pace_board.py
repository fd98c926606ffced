"""How fast parts are cut: the cores of all workers, and how well estimates held lately.

Kept in the broker and nowhere else: a forecast that is made without it is less
exact, and nothing else depends on it.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import redis

from sptjobs.uws.errors import UnavailableError

CORES_KEY: Final = "spt:cores"
"""Sorted set of ``host:core``, each with the time until which it counts. Workers on one
host announce the same cores."""

RATIOS_KEY: Final = "spt:part-ratios"
"""List of measured by estimated seconds of parts, the newest first."""

CORES_TTL_S: Final = 10
MAX_RATIOS: Final = 200
_RATIOS_TTL_S: Final = 7 * 86_400


class PaceBoard:
    """Where execute workers announce their cores and what their parts took."""

    def __init__(self, client: redis.Redis, host: str | None = None) -> None:
        self._client = client
        self._host = host or socket.gethostname()

    def announce(self, cores: int, ratios: Sequence[float]) -> None:
        """Say what this host has for the next ten seconds, and what parts took."""
        now = int(self._client.time()[0])
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.zremrangebyscore(CORES_KEY, 0, now)
            members = {f"{self._host}:{core}": now + CORES_TTL_S for core in range(cores)}
            pipeline.zadd(CORES_KEY, members)
            if ratios:
                pipeline.lpush(RATIOS_KEY, *(f"{ratio:.4g}" for ratio in ratios))
                pipeline.ltrim(RATIOS_KEY, 0, MAX_RATIOS - 1)
                pipeline.expire(RATIOS_KEY, _RATIOS_TTL_S)
            pipeline.execute()

    async def keep(self, cores: int, ratios: list[float]) -> None:
        """Announce beside the event loop, and empty ``ratios``: forecasts do without the lost.

        Raises
        ------
        UnavailableError
            The broker does not respond.
        """
        taken, ratios[:] = ratios[:], []
        try:
            await asyncio.to_thread(self.announce, cores, taken)
        except (redis.RedisError, OSError) as error:
            raise UnavailableError(f"the broker does not respond: {error!r}") from error


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Count the cores that this process may use: by its affinity and its control group.

    Parameters
    ----------
    quota
        The file of control groups, version 2, that holds microseconds of CPU and of a
        period, or ``max`` for no limit.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        limit, period = quota.read_text(encoding="ascii").split()
        return max(1, min(cores or 1, round(int(limit) / int(period))))
    except (OSError, ValueError):
        return cores or 1
