"""What becomes of connections to PostgreSQL on which nothing comes through any more.

So they are left by a machine that was lost, or by a firewall that forgot them: open, and silent.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store import database as database_module
from sptjobs.store import postgresql
from sptjobs.store.database import Database, connect
from sptjobs.uws.errors import UnavailableError
from tests.support.proxy import Proxy, running_proxy

STATEMENT_TIMEOUT_S = 1.5
LOOK_S = 0.5
FRESH_S = 0.3
CONNECTIONS = 3
CLOSE_S = 2.0
"""Time that the driver gives a connection to close."""


@pytest.fixture
def line(server_url: str) -> Iterator[Proxy]:
    folder = make_url(server_url).query["host"]
    assert isinstance(folder, str)
    with running_proxy(lambda: Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
async def database(
    line: Proxy, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """Every connection that the pool may have, used and given back."""
    monkeypatch.setattr(postgresql, "STATEMENT_TIMEOUT_S", STATEMENT_TIMEOUT_S)
    monkeypatch.setattr(postgresql, "LOOK_S", LOOK_S)
    monkeypatch.setattr(postgresql, "FRESH_S", FRESH_S)
    monkeypatch.setattr(database_module, "READERS", CONNECTIONS)
    url = make_url(empty_database_url).set(query={}, host="127.0.0.1", port=line.port)
    async with connect(url.render_as_string(hide_password=False)) as opened:
        await use_all(opened)
        yield opened


async def use_all(database: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            await asks(await stack.enter_async_context(database.read()))


async def asks(connection: AsyncConnection) -> None:
    assert await connection.scalar(sa.text("SELECT 1")) == 1


async def lose(line: Proxy) -> None:
    line.lose()
    await asyncio.sleep(1.5 * FRESH_S)


async def test_who_asks_when_every_line_is_lost_is_answered_on_new_ones(
    line: Proxy, database: Database
) -> None:
    await lose(line)
    begun = time.monotonic()
    # One after the other: not each of them may look at a line of its own.
    for _ in range(CONNECTIONS):
        async with database.read() as connection:
            await asks(connection)
    assert time.monotonic() - begun < LOOK_S + CONNECTIONS * CLOSE_S + 2


async def test_a_line_that_was_just_used_is_not_asked_for_a_sign_of_life(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def sign_of_life(driver: object) -> None:
        asked.append(driver)

    monkeypatch.setattr(postgresql, "_sign_of_life", sign_of_life)
    await use_all(database)
    assert not asked
    await asyncio.sleep(1.5 * FRESH_S)
    await use_all(database)
    assert len(asked) == CONNECTIONS


async def test_who_asks_on_a_line_that_was_lost_just_now_hears_that_in_time_and_nobody_after_that(
    line: Proxy, database: Database
) -> None:
    await use_all(database)
    line.lose()
    begun = time.monotonic()
    with pytest.raises(UnavailableError):
        await use_all(database)
    assert time.monotonic() - begun < STATEMENT_TIMEOUT_S + CLOSE_S + 2
    await use_all(database)


async def test_a_transaction_whose_line_is_lost_ends_as_unavailable_and_changes_nothing(
    line: Proxy, database: Database
) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("CREATE TABLE one (held integer)"))
        await connection.execute(sa.text("INSERT INTO one VALUES (1)"))
    begun = time.monotonic()
    with pytest.raises(UnavailableError):
        await lost_in_its_middle(line, database)
    assert time.monotonic() - begun < STATEMENT_TIMEOUT_S + CLOSE_S + 2
    # Whoever waits for its lock gets it.
    async with database.write() as connection:
        assert await connection.scalar(sa.text("SELECT held FROM one FOR UPDATE")) == 1
    await use_all(database)


async def lost_in_its_middle(line: Proxy, database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE one SET held = 2"))
        await lose(line)
        await connection.execute(sa.text("UPDATE one SET held = 3"))


async def test_a_migration_may_take_longer_than_a_statement_of_the_service(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_TIMEOUT_S", 0.2)
    await sleep_in(empty_database_url, statement_timeout=False)
    with pytest.raises(UnavailableError):
        await sleep_in(empty_database_url, statement_timeout=True)


async def sleep_in(url: str, *, statement_timeout: bool) -> None:
    async with (
        connect(url, statement_timeout=statement_timeout) as database,
        database.write() as connection,
    ):
        await connection.execute(sa.text("SELECT pg_sleep(1)"))


async def test_the_server_is_stated_to_let_go_of_clients_that_are_gone(
    line: Proxy, database: Database
) -> None:
    async with database.read() as connection:
        waits = await connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout"))
    assert waits == "1min"
