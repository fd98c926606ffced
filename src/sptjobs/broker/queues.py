"""The broker: its connection, its queues, and messages to actors by their names.

A message is a wake-up. It names a job for the log's sake and carries no state,
so that losing, repeating or reordering messages changes nothing but the time.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware

from sptjobs.broker.steady_broker import SteadyBroker, quieten_consumers
from sptjobs.uws.phases import SWEPT

EXECUTE_QUEUE: Final = "execute"
CONTROL_QUEUE: Final = "control"
QUEUES: Final = (EXECUTE_QUEUE, CONTROL_QUEUE)

DELIVER: Final = "deliver"
"""Actor that sends what waits to be sent by a notice, whose id its messages name."""

ACTORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {EXECUTE_QUEUE: ("execute", "cut"), CONTROL_QUEUE: (*SWEPT, DELIVER)}
)
"""Actors that listen to each queue. Importing ``sptjobs.worker.actors`` fails unless it declares
just these."""

Role = Literal["control", "execute"]
"""Kinds of workers: each consumes the queue of its name."""

NAMESPACE: Final = "dramatiq"
"""What the names of all of Dramatiq's keys begin with."""

# Dead consumers' messages come back soon: maintenance on 20 % of the commands, of which an idle
# worker gives four a second and queue.
_MAINTENANCE_CHANCE = 200_000
_HEARTBEAT_MS = 30_000


def make_broker(url: str, middleware: list[Middleware] | None = None) -> RedisBroker:
    """Make the broker of a process, with the given middleware and no other.

    Dramatiq's default middleware is left out: deadlines, retries and callbacks
    are the job row's business.
    """
    quieten_consumers(QUEUES)
    return SteadyBroker(
        url=url,
        middleware=middleware or [],
        namespace=NAMESPACE,
        heartbeat_timeout=_HEARTBEAT_MS,
        maintenance_chance=_MAINTENANCE_CHANCE,
    )


def message(actor: str, queue_name: str, *args: str | int) -> dramatiq.Message[None]:
    """Make a message for an actor by its name, so that the sender needs no actors."""
    return dramatiq.Message(
        queue_name=queue_name, actor_name=actor, args=args, kwargs={}, options={}
    )


def queue_length(broker: RedisBroker, name: str) -> int:
    """Messages waiting in a queue, those that a worker already fetched not counted."""
    return int(broker.client.llen(queue_key(broker, name)))


def queue_key(broker: RedisBroker, name: str) -> str:
    """Key of the list of messages that wait in a queue."""
    return f"{broker.namespace}:{name}"
