"""Repeating a step for as long as a process lives: the one way in which a process does so.

Nothing that a step raises ends the repetition. What ends it all the same ends the process,
which its supervisor starts again: half a process must not go on as if it were whole.
"""

import asyncio
import logging
import math
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sptjobs.uws.errors import UnavailableError

_log = logging.getLogger(__name__)

STALLED_S: Final = 120.0
"""Longest time from one round to the next. A database or a broker that does not respond
takes up to a minute of it: the timeouts of pool, connection and statement together."""

ANY_LENGTH: Final = math.inf
"""Limit of steps that take as long as there is work to do."""

_CANCEL_S: Final = 0.1

Step = Callable[[], Awaitable[float | None]]
"""A round; it may return the seconds until the next one."""


@dataclass(slots=True, eq=False)
class Repetition:
    """A step that is repeated.

    Attributes
    ----------
    pause_s, retry_s
        Seconds from the end of a round to the next, and from one that failed.
    limit_s
        Seconds without a round after which it counts as stalled.
    """

    name: str
    step: Step
    pause_s: float
    retry_s: float
    limit_s: float
    ran: float = field(default_factory=time.monotonic)
    failure: str | None = None

    async def run(self) -> None:
        """Repeat the step until cancelled."""
        while True:
            pause_s = await self._round()
            await asyncio.sleep(pause_s)

    async def _round(self) -> float:
        """Take the step once, whatever comes of it, and return the seconds to pause.

        One that finds a part of the service away counts as a round: starting the process
        anew would not help. One that fails for any other reason does not.
        """
        try:
            pause_s = await self.step()
        except UnavailableError as error:
            self.ran = time.monotonic()
            self._failed(error.message)
        except Exception as error:  # noqa: BLE001 - logged, and its next turn comes all the same
            self._failed(repr(error), error)
        else:
            self.ran = time.monotonic()
            if self.failure is not None:
                _log.info("%s goes on again", self.name)
                self.failure = None
            return self.pause_s if pause_s is None else pause_s
        return self.retry_s

    def _failed(self, failure: str, unforeseen: Exception | None = None) -> None:
        """Log a failure once, however many rounds it lasts."""
        if self.failure is None or (unforeseen is not None and failure != self.failure):
            level = logging.WARNING if unforeseen is None else logging.ERROR
            text = "%s failed and is tried every %g s until it succeeds: %s"
            _log.log(level, text, self.name, self.retry_s, failure, exc_info=unforeseen)
        self.failure = failure


def end_process(name: str) -> None:
    """Have this process end in order, as its supervisor would."""
    _log.critical("%s ended, and with it this process", name)
    os.kill(os.getpid(), signal.SIGTERM)


class Background:
    """All that a process repeats.

    Parameters
    ----------
    on_end
        Called with the name of a repetition that ended though nobody ended it.
    """

    def __init__(self, on_end: Callable[[str], None] = end_process) -> None:
        self._on_end = on_end
        self._running: set[Repetition] = set()

    @asynccontextmanager
    async def repeating(
        self,
        name: str,
        step: Step,
        pause_s: float,
        *,
        retry_s: float | None = None,
        limit_s: float = STALLED_S,
    ) -> AsyncIterator[None]:
        """Repeat a step while the block runs."""
        retry_s = pause_s if retry_s is None else retry_s
        repetition = Repetition(name, step, pause_s, retry_s, limit_s)
        task = asyncio.create_task(repetition.run(), name=name)
        task.add_done_callback(lambda _: self._ended(repetition))
        self._running.add(repetition)
        try:
            yield
        finally:
            self._running.discard(repetition)
            await _cancelled(task)

    def stalled(self) -> list[str]:
        """Name what has not run for longer than it may."""
        now = time.monotonic()
        late = [each.name for each in self._running if now - each.ran > each.limit_s]
        return sorted(late)

    def _ended(self, repetition: Repetition) -> None:
        if repetition in self._running:
            self._running.discard(repetition)
            self._on_end(repetition.name)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends: what it waits for may swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_S)
