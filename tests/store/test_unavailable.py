"""Whatever a database that is away makes the driver or the pool raise is said as unavailable."""

import asyncpg
import pytest
import sqlalchemy as sa

from sptjobs.store.database import Database, connect
from sptjobs.uws.errors import UnavailableError


async def use(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute(sa.text("SELECT 1"))


@pytest.mark.parametrize(
    "error", [sa.exc.DisconnectionError("dead"), sa.exc.InvalidatePoolError("all dead")], ids=repr
)
async def test_a_pool_all_of_whose_connections_are_dead_is_unavailable_until_one_lives(
    empty_database_url: str, error: Exception
) -> None:
    """As behind a pgbouncer whose server starts again: every new connection is dead as well."""
    async with connect(empty_database_url) as database:
        await use(database)

        def fail(*_: object) -> None:
            raise error

        sa.event.listen(database.reader.sync_engine, "checkout", fail)
        with pytest.raises(UnavailableError):
            await use(database)
        sa.event.remove(database.reader.sync_engine, "checkout", fail)
        await use(database)


@pytest.mark.parametrize(
    "error",
    [asyncpg.InternalClientError("unknown protocol state"), asyncpg.ProtocolError(), EOFError()],
    ids=repr,
)
async def test_a_connection_that_breaks_in_the_driver_is_unavailable(
    empty_database_url: str, error: Exception
) -> None:
    async with connect(empty_database_url) as database:
        with pytest.raises(UnavailableError):
            async with database.write():
                raise error
        await use(database)


async def test_a_mistake_of_ours_is_not_taken_for_an_outage(empty_database_url: str) -> None:
    async with connect(empty_database_url) as database:
        with pytest.raises(sa.exc.InvalidRequestError):
            async with database.write() as connection:
                await connection.begin()
