"""A broker that loses, repeats, delays and reorders messages while a storm says so."""

import json
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import dramatiq.brokers.redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

FILE = "messages"
"""Holds ``{"kind": …, "side": "send" | "receive", "until": …}``, the time a monotonic one."""

_DELAY_S = 1.0


class UnreliableBroker(RedisBroker):
    """As the service's own broker, except for what a storm asks for."""

    storm: Path

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._held: Message[Any] | None = None

    def trouble(self, side: str) -> str | None:
        """Name what is to be done to messages now, if anything."""
        try:
            wanted = json.loads((self.storm / FILE).read_text())
        except (OSError, ValueError):
            return None
        now = wanted["side"] == side and time.monotonic() < wanted["until"]
        return str(wanted["kind"]) if now else None

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        kind = self.trouble("send")
        held, self._held = self._held, None
        if kind == "drop":
            return message
        if kind == "delay":
            self._enqueue_later(message)
            return message
        if kind == "reorder" and held is None:
            self._held = message
            return message
        sent = super().enqueue(message, delay=delay)
        if kind == "duplicate":
            super().enqueue(message, delay=delay)
        if held is not None:
            super().enqueue(held)
        return sent

    def _enqueue_later(self, message: Message[Any]) -> None:
        def enqueue() -> None:
            with suppress(Exception):
                RedisBroker.enqueue(self, message)

        timer = threading.Timer(_DELAY_S, enqueue)
        timer.daemon = True
        timer.start()

    @property
    def consumer_class(self) -> Any:
        return _UnreliableConsumer


class _UnreliableConsumer(dramatiq.brokers.redis._RedisConsumer):
    def __next__(self) -> Any:
        """Give the next message, or what a storm makes of it."""
        kind = self.broker.trouble("receive")
        held = self.__dict__.pop("held", None)
        message = super().__next__()  # type: ignore[no-untyped-call]
        if message is None:
            return held
        if kind == "drop":
            self.ack(message)  # type: ignore[no-untyped-call]
            return held
        if kind == "delay":
            time.sleep(_DELAY_S)
        if kind == "reorder" and held is None:
            self.held = message
            return None
        if held is not None:
            self.held = held
        return message


def use_unreliable_broker(storm: Path) -> None:
    """Let everything that this process imports from now on use the unreliable broker."""
    UnreliableBroker.storm = storm
    dramatiq.brokers.redis.RedisBroker = UnreliableBroker  # type: ignore[misc]
