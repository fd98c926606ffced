"""Limits on how often the same may be tried, counted in the broker for all processes."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from sptjobs.settings import Rate
from sptjobs.uws.errors import RateError

_log = logging.getLogger(__name__)
_TIMEOUT_S = 0.5
_PREFIX = "spt:rate"

# One number for each subject: the time at which all that was tried would have been
# spread evenly ("generic cell rate algorithm"). So many may come at once, then one
# at a time; the clock is the broker's. Gives the seconds to wait, 0 when it may pass.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local period = ARGV[2] * 1000000
local step = period / ARGV[1]
local spread = tonumber(redis.call('GET', KEYS[1]) or '0')
if spread < now then spread = now end
spread = spread + step
if spread - period > now then return math.ceil((spread - period - now) / 1000000) end
redis.call('SET', KEYS[1], string.format('%.0f', spread), 'PX', math.ceil((spread - now) / 1000))
return 0
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of a deployment."""

    limits: Mapping[str, Rate]
    script: Any

    @classmethod
    def of(cls, limits: Mapping[str, Rate], client: "redis.asyncio.Redis") -> "Rates":
        """Make the limits that the settings give."""
        return cls(limits, client.register_script(_SCRIPT))

    async def take(self, rule: str, subject: str) -> None:
        """Count a try, and refuse it when there were too many.

        Without the broker nothing is refused. The limits keep floods from costing
        much; they guard no secret, since keys and tokens cannot be guessed at any
        rate. To refuse would make every loss of the broker a loss of the service.

        Parameters
        ----------
        rule
            Name of the limit; a rule that is switched off refuses nothing.
        subject
            Whose tries are counted together: an address, an account, a chain.

        Raises
        ------
        RateError
            Says after how many seconds it may be tried again.
        """
        rate = self.limits.get(rule)
        if rate is None:
            return
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                wait_s = await self.script(
                    keys=[f"{_PREFIX}:{rule}:{subject}"], args=[rate.count, rate.seconds]
                )
        except (RedisError, OSError) as error:
            _log.warning("limit %s not counted, the broker does not respond: %r", rule, error)
            return
        if wait_s:
            allowed = f"{rate.count} in {rate.seconds} s are allowed"
            raise RateError(
                f"too many requests: {allowed}; wait {wait_s} s", retry_after_s=int(wait_s)
            )
