"""When tokens were last used: gathered in memory, written down now and then.

No request waits for it, and a token that is used a thousand times a second costs
one row change in half a minute.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sptapi.auth.token_gate import TokenGate
from sptjobs.background.repeating import Background
from sptjobs.store.tokens import record_usage
from sptjobs.uws.errors import UnavailableError

_log = logging.getLogger(__name__)
_EVERY_S = 30.0


@asynccontextmanager
async def recorded_usage(gate: TokenGate, background: Background) -> AsyncIterator[None]:
    """Write down what the gate gathers, the rest of it at the end."""
    try:
        async with background.repeating("last use of tokens", partial(record, gate), _EVERY_S):
            yield
    finally:
        await record(gate)


async def record(gate: TokenGate) -> None:
    """Write down what the gate has gathered; what cannot be written is tried again."""
    used = dict(gate.used)
    gate.used.clear()
    if not used:
        return
    try:
        async with gate.database.write() as connection:
            await record_usage(connection, used)
    except UnavailableError as error:
        gate.used.update(used | gate.used)
        _log.warning("last use of %d tokens not written down yet: %s", len(used), error.message)
