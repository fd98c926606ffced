"""Dramatiq's broker, whose idle consumers wait, and of which an outage is one line in the log.

Dramatiq's consumers ask for messages all the time, the more often the sooner one has to be
found. They try again once a second when the broker fails, and log each time that they do:
where it hangs without closing its connections, with a traceback of fifty lines.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import redis
from dramatiq import Message
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker

from sptjobs.broker.arrivals import MESSAGES_CHANNEL, Arrivals, WaitingConsumer

_log = logging.getLogger(__name__)

_REPEATED = ("Consumer encountered a connection error", "Restarting consumer in")


class SteadyBroker(RedisBroker):
    """A broker that says once that its server does not respond, and once that it does again.

    Its consumers wait for arrivals; ``timeout`` is the most that they do [ms].
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._url = url
        self._arrivals: Arrivals | None = None
        self._away = False
        self._lock = threading.Lock()
        super().__init__(url=url, **options)  # type: ignore[no-untyped-call]

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Give a consumer of a queue."""
        with self._lock:
            self._arrivals = self._arrivals or Arrivals(self._url)
        consumer = super().consume(queue_name, prefetch, timeout=0)
        return WaitingConsumer(consumer, self._arrivals.of(queue_name), timeout / 1000)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue a message, and wake the consumers of its queue."""
        enqueued = super().enqueue(message, delay=delay)
        # It is in the queue, whoever hears of it: an idle consumer looks by itself, later.
        with contextlib.suppress(redis.RedisError, OSError):
            self.client.publish(MESSAGES_CHANNEL, enqueued.queue_name)
        return enqueued

    def close(self) -> None:
        """Close what was opened for consumers."""
        if self._arrivals is not None:
            self._arrivals.close()
        super().close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give one of Dramatiq's commands to the server, with its failures all of one kind."""
        dispatch = super().__getattr__(name)  # type: ignore[no-untyped-call]

        def command(*arguments: Any) -> Any:
            try:
                response = dispatch(*arguments)
            except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
                self._note(error)
                # Of a timeout Dramatiq's consumers know nothing.
                raise redis.ConnectionError(str(error)) from error
            self._note(None)
            return response

        return command

    def _note(self, error: Exception | None) -> None:
        with self._lock:
            changed, self._away = self._away is (error is None), error is not None
        if changed and error is not None:
            _log.warning("the broker does not respond, messages wait until it does: %r", error)
        elif changed:
            _log.info("the broker responds again")


def quieten_consumers(queues: tuple[str, ...]) -> None:
    """Leave out of the log what Dramatiq's consumers of these queues say at every try."""
    for queue in queues:
        for name in (queue, f"{queue}.DQ"):
            logger = logging.getLogger(f"dramatiq.worker.ConsumerThread({name})")
            logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_REPEATED)
