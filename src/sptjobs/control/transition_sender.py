"""Having transitions made that are due: by their actors, or by the sweep where no actor does it."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from sptjobs.broker.control_messages import TransitionKey, outstanding, send_messages
from sptjobs.control.attempts import attempt
from sptjobs.engine.engine import Engine
from sptjobs.engine.swept_transitions import find_due, make_due
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import SWEPT

MAX_OUTSTANDING: Final = 500
"""Messages in the control queue beyond which no more are sent: the rest waits in the database."""

OVERDUE_S: Final = 10.0
"""How long a message is waited for; then the sweep makes the transition itself."""

_AWAY_S: Final = 10.0
"""How long a broker that did not respond is not asked again, so that no sweep waits for it."""

_log = logging.getLogger(__name__)


class TransitionSender:
    """Sends a message for each transition that is due, as long as none of it is outstanding.

    A message that is lost is sent again by the next sweep. While the broker is away, and when
    nobody has made a transition in time, it is made here.

    Parameters
    ----------
    overdue_s
        How long a message is waited for [s].
    clock
        Monotonic clock [s].
    """

    def __init__(
        self,
        engine: Engine,
        overdue_s: float = OVERDUE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._overdue_s = overdue_s
        self._clock = clock
        self._since: dict[TransitionKey, float] = {}
        self._away_until = clock()

    async def sweep(self) -> None:
        """Look once for what is due, and have it made."""
        due: list[TransitionKey] = []
        for name in SWEPT:
            found = await attempt(f"finding jobs to {name}", find_due(self._engine, name))
            due += [(name, job_id) for job_id in found or ()]
        self._since = {key: self._since[key] for key in due if key in self._since}
        if not due:
            return
        reached = await self._is_sent(due)
        await self._make([key for key in due if not reached or self._is_overdue(key)])

    async def _is_sent(self, due: list[TransitionKey]) -> bool:
        """Send what is missing; whether the broker took it."""
        if self._clock() < self._away_until:
            return False
        try:
            await self._send(due)
        except UnavailableError as error:
            _log.warning("%d transitions are made by the sweep: %s", len(due), error)
            self._away_until = self._clock() + _AWAY_S
            return False
        return True

    async def _send(self, due: list[TransitionKey]) -> None:
        wakeups = self._engine.wakeups
        sent = await outstanding(wakeups.client)
        # What was sent before in vain comes last.
        missing = sorted(set(due) - sent, key=lambda key: self._since.get(key, 0.0))
        missing = missing[: max(0, MAX_OUTSTANDING - len(sent))]
        await send_messages(
            wakeups.client, wakeups.broker, missing, 0.9 * self._engine.settings.sweep_s
        )
        for key in (*missing, *(sent & set(due))):
            self._since.setdefault(key, self._clock())

    def _is_overdue(self, key: TransitionKey) -> bool:
        return self._clock() - self._since.get(key, self._clock()) >= self._overdue_s

    async def _make(self, keys: Iterable[TransitionKey]) -> None:
        for name, job_id in keys:
            said = await attempt(f"to {name} job {job_id}", make_due(self._engine, name, job_id))
            self._since.pop((name, job_id), None)
            if said is not None:
                _log.info("job %s by the sweep: %s", job_id, said)
