"""Connections: one :class:`Database` for each process.

SQLite gets one writer connection, whose transactions begin with ``BEGIN
IMMEDIATE``, and a separate engine for reading; PostgreSQL runs READ COMMITTED.
Both are used by the same statements.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sptjobs.store.clock import Clock
from sptjobs.store.postgresql import BROKEN, READERS, WRITERS, close_engine, make_engine
from sptjobs.store.sqlite_driver import (
    ALONE,
    BUSY_TIMEOUT_MS,
    IMMEDIATE,
    is_busy,
    sqlite_creator,
)
from sptjobs.store.sqlite_lookups import SqliteLookups
from sptjobs.uws.errors import UnavailableError

_KEPT_LOG_BYTES = 8 << 20
"""Length to which the log is cut once all of it was copied: a burst leaves no large file."""

_ALONE = "spt_alone"
"""Option of connections to SQLite that begin no transaction.

The dialect's own, AUTOCOMMIT, visits the thread and leaves the driver to begin transactions.
"""

_BRIEF = "spt_brief"
"""Option of connections to SQLite whose transactions are brief, as its driver has it."""

_READERS = 4
"""Connections that read, beside the one for single statements."""

_LONGEST_LOG_PAGES = 16_384
"""Pages of the log from which a writer copies them itself: 64 MB, when nobody else does.

Control workers do it all the time. A writer that does it holds up what else its process
writes, its beats among it: for seconds where the disk is slow.
"""


@dataclass(frozen=True, slots=True)
class Database:
    """Where a process reads and writes; no number of readers holds up who writes.

    Attributes
    ----------
    brief_writer
        The writer's connections, for brief transactions.
    looker
        The reader's connections, without transactions.
    lookups
        A connection to SQLite for single statements.
    """

    writer: AsyncEngine
    brief_writer: AsyncEngine
    reader: AsyncEngine
    looker: AsyncEngine
    lookups: SqliteLookups | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in one transaction, committed when the block ends well.

        Keep it under 20 ms: SQLite lets one process write at a time.

        Raises
        ------
        UnavailableError
            The database does not respond, or stayed locked too long.
        """
        async with unavailable_errors(), _begun(self.writer) as connection:
            yield connection

    @asynccontextmanager
    async def write_briefly(self) -> AsyncIterator[AsyncConnection]:
        """Do as ``write``, for a few statements each of which finds its rows by an index.

        On SQLite the event loop waits for them: they take tens of microseconds, and the lock that
        every process waits for is given back much sooner.
        """
        async with unavailable_errors(), _begun(self.brief_writer) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in one reading transaction."""
        async with unavailable_errors(), _begun(self.reader) as connection:
            yield connection

    async def checkpoint(self) -> None:
        """Copy what was committed from SQLite's log into its file, beside all who read and write.

        PostgreSQL does that by itself.
        """
        if not self.is_sqlite:
            return
        async with unavailable_errors(), self.reader.connect() as connection:
            # By the driver: the engine would begin a transaction first.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await (await driver.execute("PRAGMA wal_checkpoint(PASSIVE)")).close()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading, each of whose statements sees a moment of its own.

        Where one statement tells everything, this takes a third of the way to the database and
        back that a transaction takes.
        """
        async with unavailable_errors(), _begun(self.looker) as connection:
            yield connection

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Execute a SELECT of a few rows in a transaction of its own; give what the driver gives.

        Parameters
        ----------
        sql
            As the driver takes it.
        """
        if self.lookups is None:
            async with self.look() as connection:
                return (await connection.exec_driver_sql(sql, tuple(parameters))).all()
        async with unavailable_errors():
            return await self.lookups.fetch(sql, parameters)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.writer.dialect.name == "sqlite"


_NOW = sa.select(Clock())

_TRANSIENT = (sa.exc.OperationalError, sa.exc.InterfaceError)


@asynccontextmanager
async def unavailable_errors() -> AsyncIterator[None]:
    """Raise what a database that does not respond makes its driver raise as UnavailableError."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # PostgreSQL's driver has no class of its own for a server that shuts down, a
        # database that is gone, or a deadlock: these come as the bare base class.
        bare = type(error) is sa.exc.DBAPIError
        if not (bare or error.connection_invalidated or isinstance(error, _TRANSIENT)):
            raise
        raise UnavailableError(f"the database does not respond: {error.orig}") from error
    except (sa.exc.TimeoutError, OSError, *BROKEN) as error:
        raise UnavailableError(f"the database does not respond: {error}") from error


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction.

    The pool says that every connection it tried was dead, as all are while the server behind
    a pgbouncer starts again, by an error that elsewhere means a mistake of ours.
    """
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.begin())
        except sa.exc.InvalidRequestError as error:
            raise UnavailableError(f"the database does not respond: {error}") from error
        yield connection


@asynccontextmanager
async def connect(url: str, *, statement_timeout: bool = True) -> AsyncIterator[Database]:
    """Open a database without looking at its revision.

    Parameters
    ----------
    url
        ``sqlite+aiosqlite:///PATH`` or ``postgresql+asyncpg://…``.
    statement_timeout
        Whether statements have a time limit; without one, a server whose connection was
        lost in silence is waited for as well.
    """
    if make_url(url).get_backend_name() == "sqlite":
        database = _sqlite(url)
        try:
            yield database
        finally:
            assert database.lookups is not None
            await database.lookups.close()
            await database.writer.dispose()
            await database.reader.dispose()
    else:
        writer = make_engine(url, WRITERS, statement_timeout=statement_timeout)
        reader = make_engine(url, READERS, statement_timeout=statement_timeout)
        try:
            looker = reader.execution_options(isolation_level="AUTOCOMMIT")
            yield Database(writer, writer, reader, looker)
        finally:
            await asyncio.gather(close_engine(writer), close_engine(reader))


async def now(connection: AsyncConnection) -> datetime:
    """Read the database's clock: the one clock that all processes share."""
    return (await connection.execute(_NOW)).scalar_one()


async def ping(database: Database) -> str | None:
    """Say why the database cannot be read just now, or None when it can."""
    try:
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except (UnavailableError, SQLAlchemyError) as error:
        return str(error)
    return None


def _sqlite(url: str) -> Database:
    parsed = make_url(url)
    path, creator = parsed.database, sqlite_creator(parsed)
    # ``file:…`` is a URI of SQLite's, for a file that somebody made.
    if path and not path.startswith("file:"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    writer = create_async_engine(url, async_creator=creator, pool_size=1, max_overflow=0)
    reader = create_async_engine(url, async_creator=creator, pool_size=_READERS + 1, max_overflow=0)
    _set_up_sqlite(writer, begin=IMMEDIATE)
    _set_up_sqlite(reader, begin="BEGIN")
    looker = reader.execution_options(**{_ALONE: True})
    brief_writer = writer.execution_options(**{_BRIEF: True})
    return Database(writer, brief_writer, reader, looker, SqliteLookups(reader))


def _set_up_sqlite(engine: AsyncEngine, *, begin: str) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: ours begin IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _write_ahead(cursor)
        # FULL: an accepted job survives a power cut, at 2.4 ms a job instead of 1.6.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {_LONGEST_LOG_PAGES}")
        cursor.execute(f"PRAGMA journal_size_limit = {_KEPT_LOG_BYTES}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:
        driver: Any = connection.connection.driver_connection
        options = connection.get_execution_options()
        begins = ALONE if options.get(_ALONE) else begin
        driver.begin_with(begins, brief=options.get(_BRIEF, False))


def _write_ahead(cursor: Any) -> None:
    """Have SQLite write to its log first.

    Of several that open a new file at the same instant one changes it, and SQLite refuses
    the others at once, whatever its busy timeout is.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(0.005)
        else:
            return
