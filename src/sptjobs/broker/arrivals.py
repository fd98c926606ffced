"""Consumers that wait until a message arrives, instead of asking for one all the time.

Who enqueues a message publishes the name of its queue. That is a hint: a consumer that
misses it fetches after its timeout all the same.
"""

import logging
import threading
from collections.abc import Iterable

import redis
from dramatiq.broker import Consumer, MessageProxy
from redis.client import PubSub

MESSAGES_CHANNEL = "spt:messages"
"""Publish channel; a message is the name of a queue that got one."""

_LISTEN_S = 1.0
"""How long the thread listens before it looks whether it shall end [s]."""
_RETRY_S = 1.0
_SILENT_S = 5.0
"""How long the broker may take to respond [s]."""
_HEALTH_S = 10
"""After so many silent seconds the connection is tried [s]."""

_log = logging.getLogger(__name__)


class Arrivals:
    """The queues of a process that may have got a message, heard from the broker.

    Parameters
    ----------
    url
        Of the broker.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._events: dict[str, threading.Event] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)
        self._thread.start()

    def of(self, queue_name: str) -> threading.Event:
        """Give the event that is set whenever a message of this queue may have arrived."""
        return self._events.setdefault(queue_name, threading.Event())

    def close(self) -> None:
        """End the thread, and the waiting of all consumers."""
        self._closed.set()
        self._wake()
        self._thread.join(2 * _LISTEN_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except (redis.RedisError, OSError) as error:
                # The broker's failures are logged by whoever gives it commands.
                _log.debug("arrivals are not heard: %r", error)
                self._closed.wait(_RETRY_S)

    def _listen(self) -> None:
        client = redis.Redis.from_url(
            self._url, socket_connect_timeout=_RETRY_S, socket_timeout=_SILENT_S,
            health_check_interval=_HEALTH_S,
        )  # fmt: skip
        with client, _subscription(client) as subscription:
            subscription.subscribe(MESSAGES_CHANNEL)
            # What arrived while nobody listened.
            self._wake()
            while not self._closed.is_set():
                heard = subscription.get_message(timeout=_LISTEN_S)
                if heard is not None:
                    self._wake([heard["data"].decode()])

    def _wake(self, queues: Iterable[str] | None = None) -> None:
        for name in list(self._events) if queues is None else queues:
            if event := self._events.get(name):
                event.set()


def _subscription(client: redis.Redis) -> PubSub:
    subscription: PubSub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    return subscription


class WaitingConsumer(Consumer):
    """Gives a queue's messages as another consumer does; without one it waits until one arrives.

    Parameters
    ----------
    consumer
        Fetches messages, and gives None at once where there is none.
    arrived
        Set when a message may have arrived.
    timeout_s
        Most that it waits [s].
    """

    def __init__(self, consumer: Consumer, arrived: threading.Event, timeout_s: float) -> None:
        self._consumer, self._arrived, self._timeout_s = consumer, arrived, timeout_s

    def __next__(self) -> MessageProxy | None:
        """Give a message, or None after the wait: what came meanwhile is for the next call."""
        # Before the fetch: what arrives after it ends the wait.
        self._arrived.clear()
        message = next(self._consumer)
        if message is None:
            self._arrived.wait(self._timeout_s)
        return message

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge a message; there is room for another one then."""
        self._consumer.ack(message)
        self._arrived.set()

    def nack(self, message: MessageProxy) -> None:
        """Move a message to the dead letters; there is room for another one then."""
        self._consumer.nack(message)
        self._arrived.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back messages that nobody works on."""
        self._consumer.requeue(messages)

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()
