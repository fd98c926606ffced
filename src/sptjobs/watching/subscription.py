"""The process's subscription to the channel of changed jobs."""

from contextlib import suppress
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from sptjobs.broker.wakeups import CHANNEL
from sptjobs.uws.errors import UnavailableError

_SILENCE_S = 10.0
"""Without a message for so long the broker is asked for a sign of life, and for as long again
waited for it: a line may be lost without a word."""

_CONNECT_S = 5.0


class Subscription:
    """Follows the channel, and subscribes anew after the broker was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: redis.asyncio.Redis | None = None
        self._channel: Any = None
        self._asked = False

    async def next_change(self) -> str | None:
        """Wait for the next job of which a message tells; None after a while without one.

        Raises
        ------
        UnavailableError
            The broker does not respond; the next call subscribes again.
        """
        try:
            if self._channel is None:
                await self._subscribe()
            return await self._next()
        except (RedisError, OSError) as error:
            await self.aclose()
            raise UnavailableError(f"the broker does not respond: {error!r}") from error
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Leave the channel."""
        client, channel = self._client, self._channel
        self._client = self._channel = None
        self._asked = False
        # Closing one must not depend on the other: a connection left open is never closed.
        for opened in (channel, client):
            if opened is not None:
                with suppress(RedisError, OSError):
                    await opened.aclose()

    async def _subscribe(self) -> None:
        self._client = redis.asyncio.from_url(self._url, socket_connect_timeout=_CONNECT_S)
        self._channel = self._client.pubsub()
        await self._channel.subscribe(CHANNEL)

    async def _next(self) -> str | None:
        entry = await self._channel.get_message(timeout=_SILENCE_S)
        if entry is None and self._asked:
            raise redis.TimeoutError(f"no sign of life for {_SILENCE_S:g} s")
        if entry is None:
            await self._channel.ping()
        self._asked = entry is None
        if entry is None or entry["type"] != "message":
            return None
        return str(entry["data"].decode())
