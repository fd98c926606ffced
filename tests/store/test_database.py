"""The schema, its revisions, and what the connections promise."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sptjobs.store.accounts import read_account, upsert_account
from sptjobs.store.database import connect, now
from sptjobs.store.jobs import insert_job, read_job, read_parameters
from sptjobs.store.migration import upgrade
from sptjobs.store.opening import open_database
from sptjobs.store.schema import account, metadata
from sptjobs.store.schema_revision import SchemaError
from sptjobs.store.tokens import TokenRow, insert_token, read_token
from sptjobs.uws.errors import UnavailableError


@pytest.fixture
async def url(empty_database_url: str) -> str:
    await upgrade(empty_database_url)
    return empty_database_url


async def test_the_migrations_lead_to_the_schema_that_the_code_uses(url: str) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with connect(url) as database, database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_empty_database_is_refused_with_the_command_that_mends_it(
    empty_database_url: str,
) -> None:
    with pytest.raises(SchemaError, match="sptjobs db upgrade"):
        async with open_database(empty_database_url):
            pass


async def test_migrating_again_and_at_once_from_several_sides_changes_nothing(
    empty_database_url: str,
) -> None:
    upgrades = (upgrade(empty_database_url) for _ in range(4))
    assert len(set(await asyncio.gather(*upgrades))) == 1


async def test_a_failed_block_leaves_nothing_behind(url: str) -> None:
    async with connect(url) as database:
        with suppress(RuntimeError):
            async with database.write() as connection:
                await upsert_account(connection, issuer="i", subject="s", name="n", groups=["g"])
                raise RuntimeError
        async with database.read() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(account)) == 0


async def test_times_come_back_aware_and_in_utc_and_naive_ones_are_refused(url: str) -> None:
    east = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=9)))
    values = {"account_id": "a", "issuer": "i", "subject": "s", "name": "n", "created": east}
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.insert(account).values(**values))
        found = await connection.scalar(sa.select(account.c.created))
        assert found == east
        assert found.tzinfo is UTC
        with pytest.raises(sa.exc.StatementError, match="naive"):
            await connection.execute(sa.update(account).values(created=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point


async def test_the_databases_clock_is_ours_on_one_machine(url: str) -> None:
    async with connect(url) as database, database.read() as connection:
        assert abs(await now(connection) - datetime.now(UTC)) < timedelta(seconds=2)


async def test_fifty_writers_in_two_processes_worth_of_engines_all_get_through(url: str) -> None:
    async with connect(url) as one, connect(url) as two:

        async def write(number: int) -> None:
            database = (one, two)[number % 2]
            async with database.write() as connection:
                await upsert_account(
                    connection, issuer="i", subject=str(number), name="n", groups=[]
                )

        await asyncio.gather(*(write(number) for number in range(50)))
        async with one.read() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(account)) == 50


async def test_a_database_that_cannot_be_opened_is_unavailable_not_a_crash(
    tmp_path: Path,
) -> None:
    (tmp_path / "spt.db").mkdir()
    async with connect(f"sqlite+aiosqlite:///{tmp_path / 'spt.db'}") as database:
        with pytest.raises(UnavailableError, match="does not respond"):
            async with database.read() as connection:
                await now(connection)
        # The driver's thread tells the loop of its end a moment after it failed.
        await asyncio.sleep(0.1)


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def test_a_file_that_cannot_be_written_is_stated_at_once_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "spt.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE anything (at INTEGER)")
    begun = time.monotonic()
    async with connect(f"sqlite+aiosqlite:///file:{file}?mode=ro&uri=true") as database:
        with pytest.raises(UnavailableError, match="readonly"):
            async with database.read() as connection:
                await now(connection)
    # Other processes that open the file are waited for, up to 15 s.
    assert time.monotonic() - begun < 5
    assert names(tmp_path) == ["spt.db"]


async def test_a_persons_groups_are_replaced_and_a_token_is_remembered(url: str) -> None:
    async with connect(url) as database, database.write() as connection:
        first = await upsert_account(
            connection, issuer="i", subject="s", name="Ada", groups=["b", "a", "a"]
        )
        again = await upsert_account(
            connection, issuer="i", subject="s", name="Ada L", groups=["c"]
        )
        assert (first.groups, again.groups) == (("a", "b"), ("c",))
        assert await read_account(connection, first.account_id) == again
        clock = datetime(2026, 1, 1, tzinfo=UTC)
        times = (clock, clock, clock + timedelta(hours=1))
        row = TokenRow("j", first.account_id, "c", *times, ("jobs:read", "data:read"))
        await insert_token(connection, row)
        assert await read_token(connection, "j") == row
        assert await read_token(connection, "unknown") is None


async def test_a_job_that_the_previous_release_made_shows_its_parameters_and_products(
    url: str,
) -> None:
    async with connect(url) as database, database.write() as connection:
        ada = await upsert_account(connection, issuer="i", subject="s", name="n", groups=[])
        long = "RA,DEC\n" + "1,2\n" * 5_000
        row = {
            "job_id": "a" * 32,
            "owner_id": ada.account_id,
            "phase": "PENDING",
            "lane": "shared",
            "created": await now(connection),
            "execution_duration": 60,
            "parameters": json.dumps([["POSITIONS", long], ["SIZE", "5"]]),
            "request": json.dumps({"products": ["fits", "preview"]}),
        }
        await insert_job(connection, row)
        found = await read_job(connection, "a" * 32)
        assert found is not None
        assert found.parameters == (("POSITIONS", None), ("SIZE", "5"))
        assert found.products == ("fits", "preview")
        in_full = await read_parameters(connection, "a" * 32)
        assert in_full == (("POSITIONS", long), ("SIZE", "5"))


async def test_writers_leave_copying_the_log_of_sqlite_to_the_checkpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "state.db"
    await upgrade(f"sqlite+aiosqlite:///{file}")
    async with connect(f"sqlite+aiosqlite:///{file}") as database:
        await database.checkpoint()
        before = file.stat().st_size
        async with database.write() as connection:
            await connection.execute(sa.text("CREATE TABLE much (row TEXT)"))
        for _ in range(100):
            async with database.write() as connection:
                await connection.execute(sa.text("INSERT INTO much VALUES (randomblob(100000))"))
        assert file.stat().st_size == before
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT count(*) FROM much"))
            await database.checkpoint()
        assert file.stat().st_size > before + 10_000_000
        log = file.with_name("state.db-wal").stat().st_size
        async with database.write() as connection:
            await connection.execute(sa.text("DELETE FROM much WHERE rowid = 1"))
        # The log is begun anew, not made longer.
        assert file.with_name("state.db-wal").stat().st_size <= log
    # Its connection came back whole; the pool complains of one that does not.
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize("rows", [1, 40])
async def test_a_burst_of_writing_leaves_no_long_log_of_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Whether it was one large transaction or many."""
    monkeypatch.setattr("sptjobs.store.database._KEPT_LOG_BYTES", 1 << 20)
    file = tmp_path / "state.db"
    log = file.with_name("state.db-wal")
    async with connect(f"sqlite+aiosqlite:///{file}") as database:
        async with database.write() as connection:
            await connection.execute(sa.text("CREATE TABLE one (held blob)"))
        for _ in range(rows):
            async with database.write() as connection:
                for _ in range(40 // rows):
                    await connection.execute(sa.text("INSERT INTO one VALUES (zeroblob(200000))"))
        assert log.stat().st_size > 4 << 20
        await database.checkpoint()
        # The next to write begins the log anew.
        async with database.write() as connection:
            await connection.execute(sa.text("INSERT INTO one VALUES (zeroblob(10))"))
        assert log.stat().st_size <= 1 << 20
        async with database.read() as connection:
            assert await connection.scalar(sa.text("SELECT count(*) FROM one")) == 41
