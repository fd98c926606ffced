"""Having messages to users delivered: by actors, a few at a time, beside the transitions.

Unlike a transition, a message waits while the broker is away: a server that does not respond
must never hold up the sweep.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sptjobs.broker.control_messages import outstanding, send_messages
from sptjobs.broker.queues import DELIVER
from sptjobs.engine.engine import Engine
from sptjobs.messaging.delivering import due_notices

_AT_WORK: Final = 2
"""Of a worker's four threads: the others are for transitions, however slow receivers are."""


@asynccontextmanager
async def delivering(engine: Engine) -> AsyncIterator[None]:
    """Look for what is to be sent, every ``sweep_s`` seconds while the block runs."""

    async def step() -> None:
        await send_due(engine)

    async with engine.background.repeating("messages", step, engine.settings.sweep_s):
        yield


async def send_due(engine: Engine) -> None:
    """Send a message to the actor for each notice by which something is to be sent.

    Raises
    ------
    UnavailableError
        The database or the broker does not respond.
    """
    due = await due_notices(engine, _AT_WORK)
    if not due:
        return
    client = engine.wakeups.client
    busy = {key for key in await outstanding(client) if key[0] == DELIVER}
    missing = [key for notice_id in due if (key := (DELIVER, notice_id)) not in busy]
    missing = missing[: max(0, _AT_WORK - len(busy))]
    await send_messages(client, engine.wakeups.broker, missing, 0.9 * engine.settings.sweep_s)
