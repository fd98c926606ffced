"""Permits for the parts that are ready: what wakes workers, whoever sends it."""

import asyncio

import sqlalchemy as sa

from sptjobs.broker.permits import send_permits
from sptjobs.broker.slot_board import SlotBoard
from sptjobs.engine.claims import ready_parts
from sptjobs.engine.engine import Engine
from sptjobs.uws.errors import UnavailableError

_COUNTED = 1000
"""Ready parts that are counted: no site has more slots."""


async def send_ready(engine: Engine) -> int:
    """Send permits for ready parts while the queue is shorter than the slots.

    Returns
    -------
    int
        How many were sent; with enough of them in the queue none.

    Raises
    ------
    UnavailableError
        The database or the broker does not respond.
    """
    async with engine.database.read() as connection:
        ready = sa.select(sa.func.count()).select_from(ready_parts().limit(_COUNTED).subquery())
        count = int(await connection.scalar(ready) or 0)
    if not count:
        return 0
    broker = engine.wakeups.broker
    board = SlotBoard(broker.client)
    try:
        return await asyncio.to_thread(send_permits, broker, board, "cut", "", count)
    except Exception as error:
        # Whatever the broker's client raises.
        raise UnavailableError(f"the broker does not respond: {error}") from error
