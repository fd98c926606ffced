"""Who may have packs of tiles made: each user one at a time, for a limited time.

Several who wait for one pack wait for one making of it. It goes on when they are gone: the next
one who comes needs it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sptapi.metrics import REFUSED_REQUESTS
from sptapi.tiling.builder_process import Builder, BuilderDiedError, start_builder
from sptjobs.maps.record import MapRecord
from sptjobs.uws.errors import RateError, UnavailableError

_log = logging.getLogger(__name__)

_MAX_WAITING = 64
"""Requests of a user that wait: twice the tiles that a screen shows."""
_RETRY_AFTER_S = 5
_LAST_RESORT_S = 5
"""Seconds after its time limit in which a process that nobody watches ends itself."""


@dataclass(frozen=True, slots=True)
class Build:
    """A pack to be made: of a plane of a map, a row of tiles, or all coarser levels (None)."""

    record: MapRecord
    plane: str
    row: int | None
    pack: Path


@dataclass(slots=True)
class _Queue:
    """What a user waits for; one build at a time is theirs."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Builders:
    """The building processes of a server; they are started when they are needed.

    Parameters
    ----------
    archive
        Folder of the maps.
    max_bytes
        Size that the folder of packs is brought down to after each build.
    processes, timeout_s
        Maximum number, and the time [s] that one pack may take.
    """

    def __init__(
        self, archive: Path, max_bytes: int, processes: int = 2, timeout_s: float = 300.0
    ) -> None:
        self._archive, self._max_bytes, self._timeout_s = archive, max_bytes, timeout_s
        self._turn = asyncio.Semaphore(processes)
        self._queues: dict[str, _Queue] = {}
        self._builds: dict[Path, asyncio.Task[None]] = {}
        self._idle: list[Builder] = []
        self._busy: set[Builder] = set()

    async def build(self, account_id: str, build: Build) -> None:
        """Have a pack made, or wait until it is.

        Raises
        ------
        RateError
            The user waits for too many already.
        UnavailableError
            It took too long, or the map cannot be read.
        """
        queue = self._queues.setdefault(account_id, _Queue())
        if queue.waiting >= _MAX_WAITING:
            REFUSED_REQUESTS.labels("tiles").inc()
            message = "too many of your requests wait for tiles; send the next when one is done"
            raise RateError(message, retry_after_s=_RETRY_AFTER_S)
        queue.waiting += 1
        try:
            await asyncio.shield(self._begun(build, queue))
        finally:
            queue.waiting -= 1
            if not queue.waiting and not queue.turn.locked():
                self._queues.pop(account_id, None)

    async def aclose(self) -> None:
        """End all processes and builds."""
        for task in self._builds.values():
            task.cancel()
        await asyncio.gather(*self._builds.values(), return_exceptions=True)
        for builder in (*self._idle, *self._busy):
            await builder.close()
        self._idle.clear()

    def _begun(self, build: Build, queue: _Queue) -> asyncio.Task[None]:
        task = self._builds.get(build.pack)
        if task is None:
            task = asyncio.create_task(self._built(build, queue))
            self._builds[build.pack] = task
            task.add_done_callback(lambda done: self._forget(build.pack, done))
        return task

    def _forget(self, pack: Path, done: asyncio.Task[None]) -> None:
        self._builds.pop(pack, None)
        # The client that waited may be gone; asyncio would log the exception as never retrieved.
        if not done.cancelled():
            done.exception()

    async def _built(self, build: Build, queue: _Queue) -> None:
        async with queue.turn, self._turn, self._builder() as builder:
            reason = await self._reason(builder, build)
        if reason is not None:
            _log.warning("tiles of map %s cannot be made: %s", build.record.map_id, reason)
            raise UnavailableError(f"the map {build.record.map_id} cannot be shown: {reason}")

    async def _reason(self, builder: Builder, build: Build) -> str | None:
        order = {
            "archive": str(self._archive),
            "record": build.record.to_fields(),
            "plane": build.plane,
            "row": build.row,
            "pack": str(build.pack),
            "max_bytes": self._max_bytes,
            "alarm_s": int(self._timeout_s) + _LAST_RESORT_S,
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                return await builder.ask(order)
        except TimeoutError as error:
            message = f"the tiles were not made within {self._timeout_s:g} s; try another map"
            raise UnavailableError(message) from error
        except BuilderDiedError as error:
            _log.error("a process ended while it made tiles of %s", build.record.map_id)
            raise UnavailableError("the tiles could not be made; try again") from error

    @asynccontextmanager
    async def _builder(self) -> AsyncIterator[Builder]:
        """Hold a process; it is killed unless everything went well."""
        builder = self._idle.pop() if self._idle else await start_builder()
        self._busy.add(builder)
        try:
            yield builder
        except BaseException:
            await builder.close()
            raise
        finally:
            self._busy.discard(builder)
        self._idle.append(builder)
