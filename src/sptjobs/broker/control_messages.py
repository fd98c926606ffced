"""Messages of the control queue: which are outstanding, and sending more of them.

Dramatiq keeps a message in a hash of its queue until it is done, waiting or fetched: what is
in there needs not be sent again.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import redis.asyncio
from dramatiq import DecodeError, Message
from dramatiq.brokers.redis import RedisBroker

from sptjobs.broker.inspection import broker_errors
from sptjobs.broker.queues import CONTROL_QUEUE, NAMESPACE, message

TransitionKey = tuple[str, str]
"""Name of a transition, and the job that it is due for."""

_TIMEOUT_S: Final = 1.0


async def outstanding(client: redis.asyncio.Redis) -> set[TransitionKey]:
    """Read which messages of the control queue wait, or are being worked on.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    async with broker_errors(_TIMEOUT_S):
        texts: Any = await client.hvals(f"{NAMESPACE}:{CONTROL_QUEUE}.msgs")
    return {key for text in texts if (key := _key(text)) is not None}


async def send_messages(
    client: redis.asyncio.Redis,
    broker: RedisBroker,
    keys: Sequence[TransitionKey],
    apart_s: float,
) -> None:
    """Send a message for each transition that no other control worker sent just now.

    Parameters
    ----------
    apart_s
        How long others are kept from sending the same.

    Raises
    ------
    UnavailableError
        The broker does not respond, or not soon.
    """
    async with broker_errors(_TIMEOUT_S):
        async with client.pipeline(transaction=False) as pipeline:
            for name, job_id in keys:
                mark = f"spt:sent:{name}:{job_id}"
                pipeline.set(mark, 1, nx=True, px=max(1, round(1000 * apart_s)))
            marked = await pipeline.execute()
        ours = [key for key, is_ours in zip(keys, marked, strict=True) if is_ours]
        await asyncio.to_thread(_enqueue, broker, ours)


def _enqueue(broker: RedisBroker, keys: Collection[TransitionKey]) -> None:
    for name, job_id in keys:
        broker.enqueue(message(name, CONTROL_QUEUE, job_id))


def _key(text: bytes) -> TransitionKey | None:
    try:
        found: Message[Any] = Message.decode(text)
    except DecodeError:
        return None
    return (found.actor_name, str(found.args[0])) if found.args else None
