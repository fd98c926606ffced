"""Bringing the schema to this release's revision, and refusing what it cannot work with.

Only ``sptjobs db upgrade`` migrates, under a lock; every other process checks. A
migration declares the oldest release whose code works with the new schema, and
leaves that in the database: a release that does not know the newest migration
still learns from it whether it may go on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from sptjobs.store import online_migration
from sptjobs.store.database import Database, connect, unavailable_errors
from sptjobs.store.indexes import ONLINE
from sptjobs.store.schema import schema_support
from sptjobs.store.schema_revision import (
    SchemaError,
    check_revision,
    history,
    is_newer,
    read_revision,
    revision_of,
)
from sptjobs.uws.errors import UnavailableError

_Result = TypeVar("_Result")

_RETRY_S = 1.0

_LOCK_KEY = 0x53505433  # "SPT3": any number that nothing else in the database uses


def oldest_supported(revision: str) -> str:
    """Oldest revision whose code works with the schema that a known migration leaves."""
    module = _scripts().get_revision(revision).module
    return str(getattr(module, "oldest_supported", revision))


async def await_schema(url: str, timeout_s: float) -> None:
    """Wait until the database responds with a schema that this release works with.

    Raises
    ------
    SchemaError, UnavailableError
        What is wrong after ``timeout_s`` seconds.
    """
    async with connect(url) as database:
        # A schema that is not there yet is what is waited for.
        awaited = (UnavailableError, SchemaError)
        await _retry_until(lambda: check_revision(database), timeout_s, awaited)


async def upgrade(url: str, timeout_s: float = 0) -> str:
    """Migrate to this release's revision; several at once wait for each other.

    A PostgreSQL database that has a schema is in use: it is migrated a revision at a time,
    and nobody waits for long (:mod:`sptjobs.store.online_migration`).

    Parameters
    ----------
    timeout_s
        How long to wait for a database that does not respond.

    Returns
    -------
    str
        The revision that the database is at now: a later release's one is left as
        it is when this release works with it.

    Raises
    ------
    SchemaError
        The schema is a later release's, and this release does not work with it.
    """
    async with connect(url, statement_timeout=False) as database:
        await _retry_until(lambda: _try(database), timeout_s, (UnavailableError,))
        if not database.is_sqlite and await _is_in_use(database):
            with_lock = online_migration.only_migrator(database.writer, _LOCK_KEY)
            async with unavailable_errors(), with_lock:
                return await _upgrade_online(database)
        async with database.write() as connection:
            # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
            if not database.is_sqlite:
                await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
            return await connection.run_sync(_upgrade)


async def _try(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute(sa.text("SELECT 1"))


async def _retry_until(
    step: Callable[[], Awaitable[_Result]], timeout_s: float, awaited: tuple[type[Exception], ...]
) -> _Result:
    """Do a step again and again while it raises what can pass by itself."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return await step()
        except awaited:
            if time.monotonic() >= deadline:
                raise
            await asyncio.sleep(_RETRY_S)


def _upgrade(connection: sa.Connection) -> str:
    found = revision_of(connection)
    if found is not None and is_newer(connection, found):
        return found
    head = history()[-1]
    _migrate(connection, head)
    return head


async def _is_in_use(database: Database) -> bool:
    async with database.read() as connection:
        return await read_revision(connection) is not None


async def _upgrade_online(database: Database) -> str:
    while True:
        async with database.read() as connection:
            found, revision = await connection.run_sync(_next)
        if revision is None:
            return found
        if getattr(_scripts().get_revision(revision).module, "concurrently", False):
            step = partial(_migrate, revision=revision, online=True)
            await online_migration.migrate_indexes(database.writer, step)
        else:
            step = partial(_migrate, revision=revision)
            await online_migration.migrate_table(database.writer, revision, step)


def _next(connection: sa.Connection) -> tuple[str, str | None]:
    """Revision of the schema, and the one to migrate to next, None at the end."""
    found, known = str(revision_of(connection)), history()
    if is_newer(connection, found) or found == known[-1]:
        return found, None
    return found, known[known.index(found) + 1]


def _migrate(connection: sa.Connection, revision: str, *, online: bool = False) -> None:
    """Run the migrations up to a revision, and say what its schema supports."""
    config = _config()
    config.attributes |= {"connection": connection, ONLINE: online}
    command.upgrade(config, revision)
    if sa.inspect(connection).has_table(schema_support.name):
        oldest = oldest_supported(revision)
        connection.execute(sa.delete(schema_support))
        connection.execute(sa.insert(schema_support).values(oldest_revision=oldest))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
