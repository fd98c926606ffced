"""What the workers do at a time, and how long it takes them, as it was looked up last."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sptjobs.broker.wakeups import Wakeups
from sptjobs.forecast.forecast import Load

_FRESH_S = 5.0
_TIMEOUT_S = 1.0
_UNKNOWN: Final = Load(slots=0, parts=0)


@dataclass(slots=True)
class LatestLoad:
    """The load of a few seconds ago at most, however many ask.

    Attributes
    ----------
    looked
        When it was looked up [s of the monotonic clock].
    """

    wakeups: Wakeups
    looked: float = float("-inf")
    load: Load = _UNKNOWN

    async def read(self) -> Load:
        """Give it; without slots where nobody can tell. Parts that wait are not counted."""
        if time.monotonic() - self.looked > _FRESH_S:
            self.looked = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TIMEOUT_S):
                    self.load = await self._looked_up()
        return self.load

    async def _looked_up(self) -> Load:
        slots = await self.wakeups.slots()
        cores, ratios = await self.wakeups.pace() if slots else (0, [])
        return Load(slots, 0, cores, tuple(ratios))
