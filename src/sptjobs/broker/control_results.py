"""Results of the control queue's actors: kept for a day, and the newest listed for operators.

Dramatiq's results backend, with a list beside it: the backend by itself finds a result only
for who has the message.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import redis.asyncio
from dramatiq import Broker, Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from sptjobs.broker.inspection import broker_errors

RESULTS_KEY: Final = "spt:transitions"
"""List of the newest results, as JSON."""

MAX_LISTED: Final = 100
_TTL_MS: Final = 86_400_000
_TIMEOUT_S: Final = 3.0
_LONGEST_TEXT: Final = 300


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What became of a message.

    Attributes
    ----------
    actor, job_id
        The transition, and the job that the message named.
    sent, done
        When it was sent, and when its actor had ended.
    result, error
        What the actor returned, or the exception that it ended by.
    """

    message_id: str
    actor: str
    job_id: str
    sent: datetime
    done: datetime
    result: str | None
    error: str | None


class ListedResults(RedisBackend):  # type: ignore[misc]  # it ships no types
    """Dramatiq's results backend, which lists the newest results besides."""

    def store_result(self, message: Message[Any], result: Any, ttl: int) -> None:
        """Keep what an actor returned."""
        super().store_result(message, result, ttl)
        self._list(message, result=str(result))

    def store_exception(self, message: Message[Any], exception: Exception, ttl: int) -> None:
        """Keep the exception that an actor ended by."""
        super().store_exception(message, exception, ttl)
        self._list(message, error=f"{type(exception).__name__}: {exception}")

    def _list(self, message: Message[Any], **outcome: str) -> None:
        entry: dict[str, Any] = {name: text[:_LONGEST_TEXT] for name, text in outcome.items()}
        entry |= {"message": message.message_id, "actor": message.actor_name}
        entry |= {"job": message.args[0], "sent": message.message_timestamp}
        entry["done"] = round(1000 * time.time())
        with self.client.pipeline() as pipeline:
            pipeline.lpush(RESULTS_KEY, json.dumps(entry))
            pipeline.ltrim(RESULTS_KEY, 0, MAX_LISTED - 1)
            pipeline.execute()


class ControlResults(Results):
    """Dramatiq's middleware for results, which keeps exceptions too.

    Dramatiq keeps those of messages that are given up only; here the next sweep tries again.
    """

    @property
    def actor_options(self) -> set[str]:
        """Options of actors: those of results, and the exceptions that need no traceback."""
        return {*super().actor_options, "throws"}

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Keep what came of a message."""
        if exception is None:
            super().after_process_message(  # type: ignore[no-untyped-call]
                broker, message, result=result
            )
        elif broker.get_actor(message.actor_name).options.get("store_results"):
            self.backend.store_exception(message, exception, _TTL_MS)


def control_results(broker: RedisBroker) -> ControlResults:
    """Make the middleware for a control worker's broker."""
    backend = ListedResults(client=broker.client)
    return ControlResults(backend=backend, result_ttl=_TTL_MS)  # type: ignore[no-untyped-call]


async def read_results(client: redis.asyncio.Redis, limit: int) -> list[ControlResult]:
    """List the newest results, the newest first.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    async with broker_errors(_TIMEOUT_S):
        entries: Any = await client.lrange(RESULTS_KEY, 0, limit - 1)
    return [_result(json.loads(entry)) for entry in entries]


def _result(entry: dict[str, Any]) -> ControlResult:
    return ControlResult(
        message_id=entry["message"],
        actor=entry["actor"],
        job_id=entry["job"],
        sent=_time(entry["sent"]),
        done=_time(entry["done"]),
        result=entry.get("result"),
        error=entry.get("error"),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
