"""Migrating a PostgreSQL database that is in use: no lock is waited for long.

Who waits for a lock on a table makes everybody wait who comes later, though they would
not have to wait for each other. So each migration is a transaction of its own that gives up
soon, and is tried again; indexes are made outside of transactions.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sptjobs.uws.errors import UnavailableError

LOCK_TIMEOUT_MS: Final = 500
"""How long a migration waits for a lock, and others for the migration.

Well below the server's ``deadlock_timeout`` of 1 s: where a migration and a statement wait for
each other, it is the migration that gives way, before the server ends either of them.
"""

_ASK_S: Final = 0.5
_PAUSE_S: Final = 2.0
_GIVE_UP_S: Final = 600.0
_GAVE_WAY: Final = {"55P03", "40P01"}
"""SQLSTATE of a lock that was not available, and of a deadlock."""

MigrationStep = Callable[[sa.Connection], None]


@asynccontextmanager
async def only_migrator(engine: AsyncEngine, key: int) -> AsyncIterator[None]:
    """Wait until nobody else migrates, and keep others from it during the block.

    It asks again and again instead of waiting within a statement: an index that is made
    beside others waits for every statement that runs.
    """
    async with engine.connect() as connection:
        await _autocommit(connection)
        got = sa.text(f"SELECT pg_try_advisory_lock({key})")
        while not await connection.scalar(got):  # noqa: ASYNC110 - another process holds it
            await asyncio.sleep(_ASK_S)
        try:
            yield
        finally:
            await connection.execute(sa.text(f"SELECT pg_advisory_unlock({key})"))


async def migrate_table(engine: AsyncEngine, revision: str, step: MigrationStep) -> None:
    """Do a step in one transaction; give up soon where somebody holds a lock, and try again.

    Raises
    ------
    UnavailableError
        After ten minutes.
    """
    deadline = time.monotonic() + _GIVE_UP_S
    while not await _is_done(engine, step):
        if time.monotonic() >= deadline:
            raise UnavailableError(
                f"migration {revision} did not get its lock within {_GIVE_UP_S:g} s: end the "
                "transaction that is open for so long (see pg_stat_activity) and run it again"
            )
        await asyncio.sleep(_PAUSE_S)


async def migrate_indexes(engine: AsyncEngine, step: MigrationStep) -> None:
    """Do a step whose statements are a transaction each: nobody waits for it."""
    async with engine.connect() as connection:
        await _autocommit(connection)
        await connection.run_sync(step)
        await connection.commit()


async def _is_done(engine: AsyncEngine, step: MigrationStep) -> bool:
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            await connection.run_sync(step)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _GAVE_WAY:
            raise
        return False
    return True


async def _autocommit(connection: AsyncConnection) -> None:
    await connection.execution_options(isolation_level="AUTOCOMMIT")
