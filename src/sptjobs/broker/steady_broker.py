"""Dramatiq's broker, of which an outage is one line in the log.

Dramatiq's consumers try again once a second, and log each time that they do: where the
broker hangs without closing its connections, with a traceback of fifty lines.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

import redis
from dramatiq.brokers.redis import RedisBroker

_log = logging.getLogger(__name__)

_REPEATED = ("Consumer encountered a connection error", "Restarting consumer in")


class SteadyBroker(RedisBroker):
    """A broker that says once that its server does not respond, and once that it does again."""

    def __init__(self, **options: Any) -> None:
        self._away = False
        self._lock = threading.Lock()
        super().__init__(**options)  # type: ignore[no-untyped-call]

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
