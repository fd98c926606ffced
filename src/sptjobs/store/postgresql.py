"""Connections to PostgreSQL, whose line may be lost without a word.

A machine that dies, or a firewall that forgets, leaves connections that are open and
silent. Left alone, who asks on one waits until the kernel gives up, a quarter of an hour
later, and the server keeps for two hours what such a client had locked.
"""

import asyncio
import math
import time
from contextlib import suppress
from typing import Any, Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

STATEMENT_TIMEOUT_S = 10.0
"""Longest that a statement may take. Half of the time after which a worker counts as dead:
one that waited in vain beats again in time, on another connection."""

LOOK_S = 3.0
"""Longest that a connection may take to say that it is alive, before it is used again."""

FRESH_S = 1.0
"""How long a connection that responded is taken to be alive: asking takes as long as a statement
does, and under load every transaction would ask. One that was lost in silence since then is noticed
as one that is lost within a transaction, by the time limit of its statement."""

READERS = 5
WRITERS = 3
"""Connections of a process: those that write have theirs, however many wait to read."""

BROKEN: Final = (asyncpg.InternalClientError, EOFError)
"""What the driver raises, beside its own errors, when a pool in between breaks a connection."""

_USED: Final = "spt_used"
"""Key of the time at which the pool got a connection back, in what it knows of it."""

_CONNECT_S = 10.0
_CLOSE_S = 5.0

_SERVER_SETTINGS = {
    # So that the server notices a lost client, and lets go of what it had locked.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "60s",
}


def make_engine(url: str, connections: int, *, statement_timeout: bool = True) -> AsyncEngine:
    """Make an engine whose transactions are READ COMMITTED.

    Parameters
    ----------
    connections
        As many as there may be.
    statement_timeout
        Whether statements have a time limit, as all but those of a migration do.
    """
    arguments: dict[str, Any] = {"timeout": _CONNECT_S, "server_settings": _SERVER_SETTINGS}
    if statement_timeout:
        arguments["command_timeout"] = STATEMENT_TIMEOUT_S
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        isolation_level="READ COMMITTED",
        connect_args=arguments,
    )
    sa.event.listen(engine.sync_engine, "reset", _note_use)
    sa.event.listen(engine.sync_engine, "checkout", _look)
    sa.event.listen(engine.sync_engine, "handle_error", _give_up)
    return engine


async def close_engine(engine: AsyncEngine) -> None:
    """Close every connection; lost ones, each of which takes its time, not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await engine.dispose()


def _note_use(_connection: Any, record: Any, _state: Any) -> None:
    """Note when a connection is given back, after its last response."""
    record.info[_USED] = time.monotonic()


def _look(connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection of the pool for a sign of life; without one every older one goes.

    SQLAlchemy's own way waits for the response however long that takes.
    """
    used_s = time.monotonic() - record.info.get(_USED, -math.inf)
    if used_s < FRESH_S and not connection.driver_connection.is_closed():
        return
    try:
        connection.run_async(_sign_of_life)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *BROKEN) as error:
        connection.driver_connection.terminate()
        raise sa.exc.InvalidatePoolError(f"no sign of life: {error}") from error


async def _sign_of_life(driver: asyncpg.Connection) -> None:
    await driver.fetchrow(";", timeout=LOOK_S)


def _give_up(context: sa.engine.ExceptionContext) -> None:
    """Never use a connection again that did not respond in time, or is broken."""
    if isinstance(context.original_exception, (TimeoutError, *BROKEN)):
        context.is_disconnect = True
