"""Statements to SQLite visit its thread once, and mean what they mean through aiosqlite."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from sptjobs.store import sqlite_driver
from sptjobs.store.database import Database, connect
from sptjobs.store.sqlite_driver import SqliteConnection, sqlite_creator
from sptjobs.uws.errors import UnavailableError

pytestmark = pytest.mark.any_database

NUMBERS = sa.table("numbers", sa.column("number", sa.Integer), sa.column("name", sa.String))


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the connection's thread was asked to do."""
    done: list[str] = []
    visit: Any = SqliteConnection._execute

    async def noting(self: Any, do: Any, *words: Any, **more: Any) -> Any:
        done.append(do.__name__)
        return await visit(self, do, *words, **more)

    monkeypatch.setattr(SqliteConnection, "_execute", noting)
    return done


@pytest.fixture(params=["ours", "aiosqlite's"])
async def connection(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AsyncConnection]:
    """A connection with a table of two rows, by each of the two drivers."""
    url = make_url(f"sqlite+aiosqlite:///{tmp_path / 'numbers.db'}")
    more: dict[str, Any] = {"async_creator": sqlite_creator(url)} if request.param == "ours" else {}
    engine = create_async_engine(url, **more)
    async with engine.connect() as opened:
        await opened.execute(sa.text("CREATE TABLE numbers (number INTEGER UNIQUE, name TEXT)"))
        rows: list[dict[str, Any]] = [{"number": 1, "name": "one"}, {"number": 2, "name": None}]
        await opened.execute(sa.insert(NUMBERS), rows)
        await opened.commit()
        yield opened
    await engine.dispose()


async def fill(connection: AsyncConnection, count: int) -> None:
    rows = [{"number": number, "name": str(number)} for number in range(3, count + 1)]
    await connection.execute(sa.insert(NUMBERS), rows)


async def test_a_select_gives_its_rows_in_their_order(connection: AsyncConnection) -> None:
    query = sa.select(NUMBERS).order_by(NUMBERS.c.number)
    assert (await connection.execute(query)).all() == [(1, "one"), (2, None)]
    result = await connection.execute(query)
    assert list(result.keys()) == ["number", "name"]
    assert result.fetchmany(1) == [(1, "one")]
    assert result.fetchone() == (2, None)
    assert result.fetchone() is None
    empty = await connection.execute(query.where(NUMBERS.c.number > 9))
    assert (list(empty.keys()), empty.all()) == (["number", "name"], [])


async def test_changes_tell_how_many_rows_they_met(connection: AsyncConnection) -> None:
    update = sa.update(NUMBERS).values(name="some")
    assert (await connection.execute(update)).rowcount == 2
    assert (await connection.execute(update.where(NUMBERS.c.number == 1))).rowcount == 1
    assert (await connection.execute(update.where(NUMBERS.c.number == 9))).rowcount == 0
    inserted = await connection.execute(sa.text("INSERT INTO numbers VALUES (7, 'seven')"))
    assert (inserted.rowcount, inserted.lastrowid) == (1, 3)
    returned = await connection.execute(update.returning(NUMBERS.c.number))
    assert sorted(returned.scalars()) == [1, 2, 7]
    assert (await connection.execute(sa.delete(NUMBERS))).rowcount == 3


async def test_an_error_comes_out_as_its_own_kind_and_the_connection_goes_on(
    connection: AsyncConnection,
) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        await connection.execute(sa.insert(NUMBERS), {"number": 1, "name": "again"})
    with pytest.raises(sa.exc.OperationalError):
        await connection.execute(sa.text("SELECT * FROM nothing"))
    assert (await connection.execute(sa.text("SELECT count(*) FROM numbers"))).scalar_one() == 2


@pytest.mark.parametrize("count", [999, 1000, 1001, 2500])
async def test_long_results_are_whole_whether_streamed_or_not(
    connection: AsyncConnection, count: int
) -> None:
    await fill(connection, count)
    query = sa.select(NUMBERS.c.number).order_by(NUMBERS.c.number)
    expected = list(range(1, count + 1))
    assert list((await connection.execute(query)).scalars()) == expected
    async with connection.stream(query) as rows:
        assert [row.number async for row in rows] == expected
    async with connection.stream(query) as rows:
        assert (await rows.fetchmany(3)) == [(1,), (2,), (3,)]
    # What was left of it does not stand in the way of the next.
    await connection.execute(sa.text("DROP TABLE numbers"))


@pytest.mark.parametrize("connection", ["ours"], indirect=True)
async def test_a_statement_visits_the_thread_once(
    connection: AsyncConnection, visits: list[str]
) -> None:
    await connection.execute(sa.select(NUMBERS))
    await connection.execute(sa.update(NUMBERS).values(name="some"))
    await fill(connection, 5)
    assert len(visits) == 3


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database with a table of one row, as processes open it."""
    async with connect(f"sqlite+aiosqlite:///{tmp_path / 'numbers.db'}") as opened:
        async with opened.write() as connection:
            await connection.execute(sa.text("CREATE TABLE numbers (number INTEGER, name TEXT)"))
            await connection.execute(sa.insert(NUMBERS), {"number": 1, "name": "one"})
        yield opened


COUNT = sa.select(sa.func.count()).select_from(NUMBERS)
ONE_MORE = sa.insert(NUMBERS).values(number=2)


async def test_a_transaction_visits_the_thread_once_more_than_it_has_statements(
    database: Database, visits: list[str]
) -> None:
    for opened, statement in ((database.write, ONE_MORE), (database.read, COUNT)):
        async with opened() as connection:
            await connection.execute(statement)  # opens a connection, which takes some visits
        visits.clear()
        async with opened() as connection:
            await connection.execute(statement)
            await connection.execute(statement)
        assert len(visits) == 3
    visits.clear()
    async with database.look() as connection:
        await connection.execute(COUNT)
        await connection.execute(COUNT)
    assert len(visits) == 2


async def test_a_brief_transaction_visits_the_thread_to_begin_and_to_commit(
    database: Database, visits: list[str]
) -> None:
    async with database.write_briefly() as connection:
        await connection.execute(ONE_MORE)  # opens a connection, which takes some visits
    visits.clear()
    async with database.write_briefly() as connection:
        for _ in range(5):
            await connection.execute(ONE_MORE)
        updated = sa.update(NUMBERS).values(name="some").returning(NUMBERS.c.number)
        assert len((await connection.execute(updated)).all()) == 7
        assert await connection.scalar(COUNT) == 7
    assert len(visits) == 2
    async with database.write() as connection:
        assert await connection.scalar(COUNT) == 7
        await connection.execute(ONE_MORE)
    assert len(visits) == 5


async def test_a_brief_transaction_that_fails_is_rolled_back_and_the_next_one_is_whole(
    database: Database,
) -> None:
    for error in (RuntimeError, UnavailableError):
        with pytest.raises(error):  # noqa: PT012 - it is raised in the middle
            async with database.write_briefly() as connection:
                await connection.execute(ONE_MORE)
                await connection.execute(ONE_MORE)
                if error is RuntimeError:
                    raise RuntimeError
                await connection.execute(sa.text("SELECT * FROM nothing"))
    async with database.write_briefly() as connection:
        await connection.execute(ONE_MORE)
        assert await connection.scalar(COUNT) == 2


async def test_who_waits_for_the_lock_looks_for_it_all_the_time(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    sleep = time.sleep

    def noting(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", noting)
    async with connect(f"sqlite+aiosqlite:///{tmp_path / 'numbers.db'}") as other:

        async def wait() -> None:
            async with other.write() as connection:
                await connection.execute(ONE_MORE)

        async with database.write() as connection:
            await connection.execute(ONE_MORE)
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0.4)
        await waiting
    assert sum(slept) > 0.2
    assert max(slept) <= 0.01
    assert min(slept) < 0.001


async def test_who_does_not_get_the_lock_in_time_says_so_and_may_try_again(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(f"sqlite+aiosqlite:///{tmp_path / 'numbers.db'}") as other:
        async with other.write() as connection:
            await connection.execute(ONE_MORE)
        monkeypatch.setattr(sqlite_driver, "BUSY_TIMEOUT_MS", 200)
        async with database.write() as connection:
            await connection.execute(ONE_MORE)
            with pytest.raises(UnavailableError, match="locked"):
                async with other.write() as waiting:
                    await waiting.execute(ONE_MORE)
        async with other.write() as connection:
            timeout = await connection.scalar(sa.text("PRAGMA busy_timeout"))
            assert (timeout, await connection.scalar(COUNT)) == (200, 3)


async def test_a_transaction_that_reads_sees_one_moment_and_a_look_sees_each(
    database: Database,
) -> None:
    async with database.read() as reading, database.look() as looking:
        seen = [await reading.scalar(COUNT), await looking.scalar(COUNT)]
        async with database.write() as connection:
            await connection.execute(ONE_MORE)
        seen += [await reading.scalar(COUNT), await looking.scalar(COUNT)]
    assert seen == [1, 1, 1, 2]


async def test_a_block_that_fails_after_its_first_statement_is_rolled_back(
    database: Database,
) -> None:
    for _ in range(2):
        with suppress(RuntimeError):
            async with database.write() as connection:
                await connection.execute(ONE_MORE)
                raise RuntimeError
    async with database.write() as connection:
        assert await connection.scalar(COUNT) == 1


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("brief", [False, True])
async def test_who_hangs_up_in_the_middle_of_a_change_leaves_no_lock_and_no_change(
    database: Database, turns: int, brief: bool
) -> None:
    write = database.write_briefly if brief else database.write

    async def change() -> None:
        async with write() as connection:
            await connection.execute(ONE_MORE)
            await connection.execute(ONE_MORE)
            await asyncio.sleep(60)

    changing = asyncio.create_task(change())
    for _ in range(turns):
        await asyncio.sleep(0)
    changing.cancel()
    await asyncio.gather(changing, return_exceptions=True)
    async with asyncio.timeout(5), write() as connection:
        assert await connection.scalar(COUNT) == 1
        await connection.execute(ONE_MORE)
        assert await connection.scalar(COUNT) == 2


@pytest.mark.parametrize("connection", ["ours"], indirect=True)
async def test_of_a_streamed_result_a_thousand_rows_at_most_are_held(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    fetch = sqlite_driver.SqliteCursor._fetch

    def noting(self: Any, count: int | None) -> None:
        fetch(self, count)
        held.append(len(self._rows))

    await fill(connection, 5000)
    monkeypatch.setattr(sqlite_driver.SqliteCursor, "_fetch", noting)
    async with connection.stream(sa.select(NUMBERS)) as rows:
        assert len([row async for row in rows]) == 5000
    assert max(held) <= 1000
