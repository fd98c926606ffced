"""A subscription leaves no connection open, whatever fails of it."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import redis.asyncio
from redis.asyncio.client import PubSub

from sptjobs.uws.errors import UnavailableError
from sptjobs.watching.subscription import Subscription

SUBSCRIBED = b">3\r\n$9\r\nsubscribe\r\n$8\r\nspt:jobs\r\n:1\r\n"


@dataclass
class Broker:
    """Takes every command and replies to SUBSCRIBE as the test says; notes whose lines are open."""

    reply: bytes
    open: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while data := await reader.read(4096):
                if b"SUBSCRIBE" not in data:
                    writer.write(b"+OK\r\n" * data.count(b"*"))
                    continue
                self.asked.set()
                writer.write(self.reply)
        finally:
            self.open -= 1
            writer.close()

    async def all_closed(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                while self.open:
                    await asyncio.sleep(0.01)
        return self.open == 0


@asynccontextmanager
async def broker_that_replies(reply: bytes) -> AsyncIterator[Broker]:
    broker = Broker(reply)
    async with await asyncio.start_server(broker.serve, "127.0.0.1", 0) as server:
        broker.port = server.sockets[0].getsockname()[1]
        gc.disable()  # what is merely forgotten must not be closed by chance
        try:
            yield broker
        finally:
            gc.enable()


@pytest.mark.parametrize("reply", [b"-ERR not today\r\n", b"-NOAUTH\r\n", b"?\r\n"])
async def test_a_broker_that_does_not_subscribe_is_left_with_no_line_open(reply: bytes) -> None:
    async with broker_that_replies(reply) as broker:
        subscription = Subscription(f"redis://127.0.0.1:{broker.port}")
        with pytest.raises(UnavailableError) as failure:  # kept: it holds what it was raised from
            await subscription.next_change()
        assert await broker.all_closed()
        assert "does not respond" in failure.value.message


async def test_who_ends_while_it_subscribes_leaves_no_line_open() -> None:
    async with broker_that_replies(b"") as broker:
        subscription = Subscription(f"redis://127.0.0.1:{broker.port}")
        asking = asyncio.create_task(subscription.next_change())
        await broker.asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert await broker.all_closed()


@pytest.mark.parametrize("error", [redis.ConnectionError("gone"), OSError("reset")])
async def test_a_channel_that_cannot_be_closed_does_not_keep_its_client_s_line_open(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(_channel: PubSub) -> None:
        raise error

    async with broker_that_replies(SUBSCRIBED) as broker:
        subscription = Subscription(f"redis://127.0.0.1:{broker.port}")
        assert await subscription.next_change() is None
        assert broker.open == 1
        channel = subscription._channel  # kept, as by whoever still handles its error
        monkeypatch.setattr(PubSub, "aclose", fails)
        await subscription.aclose()
        assert await broker.all_closed()
        assert channel is not None
