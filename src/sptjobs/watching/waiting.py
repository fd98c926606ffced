"""Blocking until a job's phase changes (UWS 1.1, section 2.2.1.1).

A process has one subscription and, for each change, makes one query however
many clients wait. A slow poll finds what a lost message did not tell.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

import redis.asyncio
from redis.exceptions import RedisError

from sptjobs.broker.wakeups import CHANNEL
from sptjobs.settings import Settings
from sptjobs.store.database import Database
from sptjobs.store.jobs import read_job
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase

_log = logging.getLogger(__name__)

_POLL_S = 2.0
_SILENCE_S = 10.0
"""Without a message for so long the broker is asked for a sign of life, and for as long again
waited for it: a line may be lost without a word."""

_RECONNECT_S = 0.5
_CANCEL_S = 0.1


class JobWatch:
    """The waiters of one process.

    Attributes
    ----------
    on_change
        Called with the id of each job of which a message tells.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._seen: dict[str, Job | None] = {}
        self._closed = False
        self.on_change: list[Callable[[str], None]] = []

    async def wait(self, job_id: str, phase: ExecutionPhase, timeout_s: float) -> Job | None:
        """Wait until the job's phase is not ``phase``.

        Returns
        -------
        Job or None
            The job with its new phase, at once if it has one already; None as
            soon as the job is gone; the unchanged job at the time limit.
        """
        changed = asyncio.get_running_loop().create_future()
        # Subscribe first, then read: a change in between is not missed.
        self._waiting.setdefault(job_id, set()).add(changed)
        try:
            found = await self._read(job_id)
            deadline = asyncio.get_running_loop().time() + timeout_s
            while found is not None and found.phase is phase and not self._closed:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or not await _within(changed, left):
                    return found
                changed = self._renew(job_id, changed)
                found = self._seen.get(job_id, found)
            return found
        finally:
            self._leave(job_id, changed)

    def close_waiters(self) -> None:
        """Free everybody who waits, and whoever comes later, at once."""
        self._closed = True
        for job_id in list(self._waiting):
            self._wake(job_id)

    async def changed(self, job_ids: Iterable[str]) -> None:
        """Read those of the jobs that somebody waits for, and wake the waiters."""
        for job_id in set(job_ids) & self._waiting.keys():
            self._seen[job_id] = await self._read(job_id)
            self._wake(job_id)

    async def poll(self) -> None:
        """Read every job that somebody waits for."""
        await self.changed(list(self._waiting))

    async def _read(self, job_id: str) -> Job | None:
        async with self._database.read() as connection:
            return await read_job(connection, job_id)

    def _renew(self, job_id: str, old: asyncio.Future[None]) -> asyncio.Future[None]:
        new = asyncio.get_running_loop().create_future()
        waiters = self._waiting.setdefault(job_id, set())
        waiters.discard(old)
        waiters.add(new)
        return new

    def _wake(self, job_id: str) -> None:
        for waiter in self._waiting.get(job_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    def _leave(self, job_id: str, waiter: asyncio.Future[None]) -> None:
        waiters = self._waiting.get(job_id, set())
        waiters.discard(waiter)
        if not waiters:
            self._waiting.pop(job_id, None)
            self._seen.pop(job_id, None)


@asynccontextmanager
async def open_watch(settings: Settings, database: Database) -> AsyncIterator[JobWatch]:
    """Open a watch with its subscription and its poll."""
    watch = JobWatch(database)
    tasks = [
        asyncio.create_task(_listen(watch, settings.broker_url), name="job-watch"),
        asyncio.create_task(_poll(watch), name="job-poll"),
    ]
    try:
        yield watch
    finally:
        watch.close_waiters()
        # Connecting to the broker may swallow one cancellation: ask until it is heard.
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=_CANCEL_S)
        await asyncio.gather(*tasks, return_exceptions=True)


async def _within(future: asyncio.Future[None], seconds: float) -> bool:
    done, _ = await asyncio.wait({future}, timeout=seconds)
    return bool(done)


async def _poll(watch: JobWatch) -> None:
    while True:
        await asyncio.sleep(_POLL_S)
        with suppress(UnavailableError):
            await watch.poll()


async def _listen(watch: JobWatch, url: str) -> None:
    """Follow the channel for ever, subscribing anew when the broker was away."""
    while True:
        client = redis.asyncio.from_url(url)
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(CHANNEL)
                async for job_id in _changes(pubsub):
                    for listener in watch.on_change:
                        listener(job_id)
                    await watch.changed([job_id])
        except (RedisError, OSError, UnavailableError) as error:
            _log.warning("waiters poll until the broker responds: %s", error)
        finally:
            await client.aclose()
        await asyncio.sleep(_RECONNECT_S)


async def _changes(pubsub: redis.asyncio.client.PubSub) -> AsyncIterator[str]:
    """Give the jobs that messages tell of, until the broker gives no sign of life."""
    asked = False
    while True:
        entry = await pubsub.get_message(timeout=_SILENCE_S)
        if entry is None and asked:
            raise redis.TimeoutError(f"no sign of life for {_SILENCE_S:g} s")
        if entry is None:
            await pubsub.ping()
        elif entry["type"] == "message":
            yield entry["data"].decode()
        asked = entry is None
