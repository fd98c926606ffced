"""SQLite's driver, with one visit to its thread for a statement.

aiosqlite makes a cursor, executes, fetches and closes by a visit each; every one wakes two
threads, which costs more than the statement itself.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite
from sqlalchemy.engine import URL

_ROWS_AT_ONCE = 1000
"""Rows that come with the response to a statement; of a longer one the rest is asked for."""


def sqlite_creator(url: URL) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """What opens a connection to a file, for ``create_async_engine``'s ``async_creator``."""
    words, options = url.get_dialect()().create_connect_args(url)
    connect = partial(sqlite3.connect, *words, **options)

    async def create() -> aiosqlite.Connection:
        return await SqliteConnection(connect)

    return create


class SqliteConnection(aiosqlite.Connection):
    """A connection whose cursors visit its thread once a statement."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _ROWS_AT_ONCE)
        # Who forgets to close it must not keep the process from ending.
        self._thread.daemon = True

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]
        """Give a cursor, for which the thread is not visited."""
        return SqliteCursor(self)

    async def visit(self, do: Callable[..., Any], *words: Any) -> None:
        """Have the connection's thread do something."""
        await self._execute(do, *words)  # type: ignore[no-untyped-call]

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
        await self._connection.visit(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute a statement once for each of the sets of parameters."""
        await self._connection.visit(self._execute_many, sql, parameters)
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

    def _execute(self, sql: str, parameters: Sequence[Any]) -> None:
        cursor = self._connection.of_thread.execute(sql, parameters)
        self._describe(cursor)
        self._open = cursor
        if self.description is None:
            self._end()
        else:
            self._fetch(_ROWS_AT_ONCE)

    def _execute_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        cursor = self._connection.of_thread.executemany(sql, parameters)
        self._describe(cursor)
        cursor.close()

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
