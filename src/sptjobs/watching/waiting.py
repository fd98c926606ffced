"""Blocking until a job's phase changes (UWS 1.1, section 2.2.1.1).

A process has one subscription, and looks at all jobs that changed together in one query,
however many clients wait and for however many jobs. A slow poll finds what a lost message
did not tell.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

from sptjobs.engine.engine import Engine
from sptjobs.store.database import Database
from sptjobs.store.lists import read_phases
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.watching.subscription import Subscription

_POLL_S = 2.0
_TOGETHER_S = 0.01
"""Changes within this time are looked at together."""

_RECONNECT_S = 0.5

_AT_ONCE = 50
"""Waiters that are woken before others on the loop have their turn."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """Who waits for another phase than this one."""

    phase: ExecutionPhase
    changed: "asyncio.Future[ExecutionPhase | None]"


@dataclass(slots=True, eq=False)
class JobWatch:
    """The waiters of one process.

    Attributes
    ----------
    on_change
        Called with the id of each job of which a message tells.
    """

    database: Database
    on_change: list[Callable[[str], None]] = field(default_factory=list)
    _waiting: dict[str, set[_Waiter]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _polled: float = field(default_factory=time.monotonic)
    _closed: bool = False

    async def wait(
        self, job_id: str, phase: ExecutionPhase, timeout_s: float
    ) -> ExecutionPhase | None:
        """Wait until the job's phase is not ``phase``.

        Returns
        -------
        ExecutionPhase or None
            The new phase, soon if it has changed already; None as soon as the job is
            gone; ``phase`` at the time limit.
        """
        if self._closed:
            return phase
        waiter = _Waiter(phase, asyncio.get_running_loop().create_future())
        # Whoever changed the job before this is found by the look that is asked for.
        self._waiting.setdefault(job_id, set()).add(waiter)
        self.changed(job_id)
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter.changed
        except TimeoutError:
            return phase
        finally:
            self._leave(job_id, waiter)

    def close_waiters(self) -> None:
        """Free everybody who waits, and whoever comes later, at once."""
        self._closed = True
        for waiters in self._waiting.values():
            for waiter in waiters:
                _wake(waiter, waiter.phase)

    def changed(self, job_id: str) -> None:
        """Look at a job soon, if somebody waits for it."""
        if job_id in self._waiting:
            self._asked.add(job_id)
            self._wake.set()

    async def look(self) -> None:
        """Look at the jobs that were asked for, all in one query, and wake their waiters.

        Raises
        ------
        UnavailableError
            The database does not respond; the next look is at the same jobs too.
        """
        asked, self._asked = self._asked, set()
        # Who comes while this reads may know more than what is read.
        waiting = {job_id: tuple(self._waiting.get(job_id, ())) for job_id in asked}
        waiting = {job_id: waiters for job_id, waiters in waiting.items() if waiters}
        if not waiting:
            return
        try:
            async with self.database.read() as connection:
                phases = await read_phases(connection, waiting)
        except UnavailableError:
            self._asked |= asked
            raise
        changed = (
            (waiter, phases.get(job_id))
            for job_id, waiters in waiting.items()
            for waiter in waiters
            if waiter.phase is not phases.get(job_id)
        )
        for number, (waiter, phase) in enumerate(changed, start=1):
            _wake(waiter, phase)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def look_when_asked(self) -> None:
        """Look at what was asked for as soon as it is, and at every job now and then."""
        due = self._polled + _POLL_S
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._wake.wait()
        await asyncio.sleep(_TOGETHER_S)
        self._wake.clear()
        if time.monotonic() >= due:
            self._polled = time.monotonic()
            self._asked |= self._waiting.keys()
        await self.look()

    def tell(self, job_id: str) -> None:
        """Pass on that a job changed, to waiters and listeners."""
        self.changed(job_id)
        for listener in self.on_change:
            listener(job_id)

    def _leave(self, job_id: str, waiter: _Waiter) -> None:
        waiters = self._waiting.get(job_id, set())
        waiters.discard(waiter)
        if not waiters:
            self._waiting.pop(job_id, None)


@asynccontextmanager
async def open_watch(engine: Engine) -> AsyncIterator[JobWatch]:
    """Open a watch with its subscription and its poll."""
    watch = JobWatch(engine.database)
    subscription = Subscription(engine.settings.broker_url)

    async def follow() -> None:
        if (job_id := await subscription.next_change()) is not None:
            watch.tell(job_id)

    repeating = engine.background.repeating
    async with (
        aclosing(subscription),  # between two changes it is connected, and its task may end there
        repeating("job watch", watch.look_when_asked, 0, retry_s=_RECONNECT_S),
        repeating("subscription to changes", follow, 0, retry_s=_RECONNECT_S),
    ):
        try:
            yield watch
        finally:
            watch.close_waiters()


def _wake(waiter: _Waiter, phase: ExecutionPhase | None) -> None:
    if not waiter.changed.done():
        waiter.changed.set_result(phase)
