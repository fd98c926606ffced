"""SQLite's driver, with one visit to its thread for a statement.

aiosqlite makes a cursor, executes, fetches and closes by a visit each; every one wakes two
threads, which costs more than the statement itself. For the same reason a transaction begins in
the visit of its first statement, and nothing is committed or rolled back where none is open.

Of a brief transaction only what may wait visits the thread: beginning, which waits for the lock
of the file, and committing, which waits for the disk. While others wait for that lock, its holder
must not wait for a processor twice a statement.
"""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, Self

import aiosqlite
from sqlalchemy.engine import URL

_ROWS_AT_ONCE = 1000
"""Rows that come with the response to a statement; of a longer one the rest is asked for."""

BUSY_TIMEOUT_MS: Final = 15_000
"""How long a statement waits for what another process has locked."""

_FIRST_TRY_S, _LAST_TRY_S = 0.000_5, 0.01
_TRIES_WHILE_WAITING = 20


def sqlite_creator(url: URL) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """What opens a connection to a file, for ``create_async_engine``'s ``async_creator``."""
    words, options = url.get_dialect()().create_connect_args(url)
    connect = partial(sqlite3.connect, *words, **options)

    async def create() -> aiosqlite.Connection:
        return await SqliteConnection(connect)

    return create


ALONE: Final = ""
"""How to begin no transaction: each statement is one of its own."""

IMMEDIATE: Final = "BEGIN IMMEDIATE"
"""How to begin a transaction that writes."""


class SqliteConnection(aiosqlite.Connection):
    """A connection whose cursors visit its thread once a statement."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _ROWS_AT_ONCE)
        # Who forgets to close it must not keep the process from ending.
        self._thread.daemon = True
        self._begin: str | None = None
        self._brief = self._is_begun = False
        # Kept here, where nothing is being executed: a statement whose client is gone may still
        # wait for the thread, and the connection itself does not know of it yet.
        self._may_be_open = True

    def begin_with(self, begin: str, *, brief: bool = False) -> None:
        """Begin a transaction with the next statement, in the same visit; or none, ``ALONE``.

        Only where no transaction is open, and where the driver begins none by itself.

        Parameters
        ----------
        brief
            Whether all statements but the first are executed by who asks, not by the thread: the
            event loop waits for each of them.
        """
        self._begin, self._may_be_open = begin, False
        self._brief, self._is_begun = brief, False

    def opening(self) -> str:
        """Give what the statement that is executed next has to begin with; "" for nothing."""
        if self._begin == ALONE:
            return ALONE
        begin, self._begin, self._may_be_open = self._begin, None, True
        return begin or ""

    async def commit(self) -> None:
        """Commit what was begun."""
        await self._end(super().commit)

    async def rollback(self) -> None:
        """Roll back what was begun."""
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Awaitable[None]]) -> None:
        self._begin = None
        self._is_begun = False
        if self._may_be_open:
            await end()
            self._may_be_open = False

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]
        """Give a cursor, for which the thread is not visited."""
        return SqliteCursor(self)

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """Execute a statement, and give all of its rows."""
        return await (await self.cursor().execute(sql, parameters)).fetchall()

    async def visit(self, do: Callable[..., Any], *words: Any) -> None:
        """Have the connection's thread do something; in a brief transaction that began, do it."""
        if self._brief and self._is_begun:
            # The thread has nothing to do: it has done what the transaction began with.
            do(*words)
            return
        await self._execute(do, *words)  # type: ignore[no-untyped-call]
        self._is_begun = self._may_be_open

    @property
    def of_thread(self) -> sqlite3.Connection:
        """The connection, for the thread alone."""
        return self._conn


class SqliteCursor:
    """A cursor that executes, fetches the first rows and closes itself after the last, at once.

    It has of aiosqlite's cursor what SQLAlchemy uses.

    Attributes
    ----------
    description, rowcount, lastrowid
        As PEP 249 has them.
    arraysize
        How many rows ``fetchmany`` gives by itself.
    """

    arraysize = _ROWS_AT_ONCE

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Give the cursor itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the cursor."""
        await self.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement, and fetch its first rows."""
        await self._connection.visit(self._execute, self._connection.opening(), sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute a statement once for each of the sets of parameters."""
        begin = self._connection.opening()
        await self._connection.visit(self._execute_many, begin, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        """Give the next row, None after the last."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Give some of the rows that are left."""
        count = self.arraysize if size is None else size
        if len(self._rows) < count and self._open is not None:
            await self._connection.visit(self._fetch, count - len(self._rows))
        given, self._rows = self._rows[:count], self._rows[count:]
        return given

    async def fetchall(self) -> list[Any]:
        """Give all rows that are left."""
        if self._open is not None:
            await self._connection.visit(self._fetch, None)
        given, self._rows = self._rows, []
        return given

    async def close(self) -> None:
        """Give up what was not fetched."""
        self._rows = []
        if self._open is not None:
            cursor, self._open = self._open, None
            await self._connection.visit(cursor.close)

    def _execute(self, begin: str, sql: str, parameters: Sequence[Any]) -> None:
        self._begin(begin)
        cursor = self._connection.of_thread.execute(sql, parameters)
        self._describe(cursor)
        self._open = cursor
        if self.description is None:
            self._end()
        else:
            self._fetch(_ROWS_AT_ONCE)

    def _execute_many(self, begin: str, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._begin(begin)
        cursor = self._connection.of_thread.executemany(sql, parameters)
        self._describe(cursor)
        cursor.close()

    def _begin(self, begin: str) -> None:
        if begin == IMMEDIATE:
            _begin_writing(self._connection.of_thread)
        elif begin:
            self._connection.of_thread.execute(begin)

    def _describe(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid

    def _fetch(self, count: int | None) -> None:
        assert self._open is not None
        rows = self._open.fetchall() if count is None else self._open.fetchmany(count)
        self._rows += rows
        # Of a statement with RETURNING it is known only now.
        self.rowcount = self._open.rowcount
        if count is None or len(rows) < count:
            self._end()

    def _end(self) -> None:
        assert self._open is not None
        self._open.close()
        self._open = None


def _begin_writing(connection: sqlite3.Connection) -> None:
    """Begin a transaction with the lock of the file, which only one process has at a time.

    SQLite itself tries again after 1, 2, 5, 10, ... 100 ms: a process sleeps long after the lock
    is free, and comes after those that began to wait after it.
    """
    begun = time.monotonic()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while not _tried_to_begin(connection, begun):
            waited_s = time.monotonic() - begun
            time.sleep(min(_LAST_TRY_S, max(_FIRST_TRY_S, waited_s / _TRIES_WHILE_WAITING)))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _tried_to_begin(connection: sqlite3.Connection, since: float) -> bool:
    try:
        connection.execute(IMMEDIATE)
    except sqlite3.OperationalError as error:
        if not is_busy(error) or time.monotonic() - since >= BUSY_TIMEOUT_MS / 1000:
            raise
        return False
    return True


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process has locked what was needed."""
    # The low byte: the others tell why it is.
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
