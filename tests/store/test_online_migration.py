"""A migration of a database in use holds nobody up, whatever is open on it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from sptjobs.store import migration, online_migration
from sptjobs.store.database import connect
from sptjobs.store.migration import upgrade
from sptjobs.store.schema_revision import history
from sptjobs.uws.errors import UnavailableError
from tests.support.releases import Release, next_release

READ = "SELECT count(*) FROM job"
WRITE = "UPDATE job SET run_id = run_id WHERE job_id = 'nobody'"
LONGEST_S = 8.0
"""Others wait half a second for a migration; the machine may be busy."""


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return next_release(tmp_path_factory.mktemp("columns"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return next_release(tmp_path_factory.mktemp("index"), index=True)


@pytest.fixture
async def url(empty_database_url: str) -> str:
    await upgrade(empty_database_url)
    return empty_database_url


@asynccontextmanager
async def left_open(url: str, statement: str) -> AsyncIterator[None]:
    """Somebody's transaction that has done a statement and does not end."""
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text(statement))
        yield


async def longest_wait(url: str, seconds: float) -> float:
    """Read and write as the service does, for so long, and find the slowest response [s]."""
    longest, end = 0.0, time.monotonic() + seconds
    async with connect(url) as database:
        while time.monotonic() < end:
            begun = time.monotonic()
            async with database.write() as connection:
                for statement in (READ, WRITE):
                    await connection.execute(sa.text(statement))
            longest = max(longest, time.monotonic() - begun)
            await asyncio.sleep(0.02)
    return longest


async def has_index(url: str) -> bool:
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_job_run_id')"
    async with connect(url) as database, database.read() as connection:
        return bool(await connection.scalar(sa.text(query)))


@pytest.mark.parametrize("statement", [READ, "SELECT count(*) FROM part", WRITE])
async def test_a_migration_of_tables_behind_an_open_transaction_holds_nobody_up(
    url: str, columns: Release, statement: str
) -> None:
    async with left_open(url, statement):
        migrating = asyncio.create_task(asyncio.to_thread(columns.upgrade, url))
        assert await longest_wait(url, 6) < LONGEST_S
        assert not migrating.done()
    done = await migrating
    assert done.returncode == 0, done.stderr
    assert f"at revision {columns.revision}" in done.stdout


async def test_a_migration_gives_way_to_a_transaction_that_waits_for_it_before_it_is_a_deadlock(
    url: str, columns: Release
) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'part'::regclass"
    async with connect(url) as database, database.write() as crossing:
        await crossing.execute(sa.text("SELECT count(*) FROM part"))
        migrating = asyncio.create_task(asyncio.to_thread(columns.upgrade, url))
        async with asyncio.timeout(30), database.read() as looking:
            while not await looking.scalar(sa.text(waits)):
                await asyncio.sleep(0.01)
        await crossing.execute(sa.text(READ))  # the migration has changed this table already
    done = await migrating
    assert done.returncode == 0, done.stderr
    ended = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    async with connect(url) as database, database.read() as looking:
        assert await looking.scalar(sa.text(ended)) == 0


@pytest.mark.parametrize("statement", [READ, WRITE])
async def test_an_index_is_made_beside_an_open_transaction_and_holds_nobody_up(
    url: str, index: Release, statement: str
) -> None:
    async with left_open(url, statement):
        migrating = asyncio.create_task(asyncio.to_thread(index.upgrade, url))
        assert await longest_wait(url, 6) < LONGEST_S
    done = await migrating
    assert done.returncode == 0, done.stderr
    assert await has_index(url)


async def test_an_index_that_an_attempt_before_left_unfinished_is_made_anew(
    url: str, index: Release
) -> None:
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("CREATE INDEX ix_job_run_id ON job (run_id)"))
        mine = "indexrelid = 'ix_job_run_id'::regclass"
        await connection.execute(sa.text(f"UPDATE pg_index SET indisvalid = false WHERE {mine}"))
    assert not await has_index(url)
    done = await asyncio.to_thread(index.upgrade, url)
    assert done.returncode == 0, done.stderr
    assert await has_index(url)


async def test_two_at_once_migrate_once(url: str, index: Release) -> None:
    both = await asyncio.gather(*(asyncio.to_thread(index.upgrade, url) for _ in range(2)))
    assert [done.returncode for done in both] == [0, 0], both
    assert await has_index(url)


async def test_a_lock_that_is_never_given_is_said_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online_migration, "_GIVE_UP_S", 0)

    def step(connection: sa.Connection) -> None:
        connection.execute(sa.text("LOCK TABLE job IN ACCESS EXCLUSIVE MODE"))

    async with left_open(url, READ), connect(url) as database:
        with pytest.raises(UnavailableError, match="migration 0009 did not get its lock"):
            await online_migration.migrate_table(database.writer, "0009", step)


async def test_a_database_of_any_release_comes_to_the_same_tables(
    empty_database_url: str, tmp_path: Path
) -> None:
    """Migrated at once, or revision by revision while it is in use."""
    url, newest = empty_database_url, history()[-1]

    def to_the_first(connection: sa.Connection) -> None:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, history()[0])

    async with connect(url) as database, database.write() as connection:
        await connection.run_sync(to_the_first)
    assert await upgrade(url) == newest
    stepwise = await indexes(url)
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        await connection.execute(sa.text("CREATE SCHEMA public"))
    assert await upgrade(url) == newest
    assert await indexes(url) == stepwise


async def indexes(url: str) -> list[str]:
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    async with connect(url) as database, database.read() as connection:
        return list((await connection.execute(query)).scalars())
