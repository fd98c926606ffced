"""The database that the engine's and the store's tests run on.

SQLite by default; with ``SPT_TEST_DATABASE=postgresql`` a private cluster, made
once for the test run, in which every test gets a database of its own.
"""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from sptjobs.store.database import connect
from sptjobs.store.schema import metadata
from tests.support.postgresql import private_cluster

KIND = os.environ.get("SPT_TEST_DATABASE", "sqlite")


@contextmanager
def database_server() -> Iterator[str | None]:
    """Run what the kind of database needs and give its URL, None for SQLite."""
    if KIND == "postgresql":
        with private_cluster() as url:
            yield url
    else:
        yield None


@asynccontextmanager
async def empty_database(
    server: str | None, folder: Path, template: str | None = None
) -> AsyncIterator[str]:
    """Make a database of its own, give its URL, and drop it.

    Parameters
    ----------
    template
        URL of a database that nobody uses, to begin with a copy of.
    """
    if server is None:
        if template is not None:
            _copy_file(make_url(template).database or "", folder / "spt.db")
        yield f"sqlite+aiosqlite:///{folder / 'spt.db'}"
        return
    name = f"t{uuid.uuid4().hex}"
    copied = "" if template is None else f" TEMPLATE {make_url(template).database}"
    await _execute(server, f"CREATE DATABASE {name}{copied}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _copy_file(source: str, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)


async def break_database(url: str) -> None:
    """Make a database stop answering: drop it under PostgreSQL, spoil a SQLite file."""
    if KIND == "postgresql":
        server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
        await _execute(server, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")
        return
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE job RENAME TO gone"))


async def copy_rows(source: str, target: str) -> None:
    """Make all rows of a migrated database those of another one, as restoring a backup does."""
    async with connect(source) as old, connect(target) as new:
        async with old.read() as connection:
            tables = metadata.sorted_tables
            found = {
                each.name: [dict(row._mapping) for row in await connection.execute(sa.select(each))]
                for each in tables
            }
        async with new.write() as connection:
            for each in reversed(tables):
                await connection.execute(sa.delete(each))
            for each in tables:
                if found[each.name]:
                    await connection.execute(sa.insert(each), found[each.name])


async def _execute(server: str, statement: str) -> None:
    # Without an engine, which asks the server about itself first: every test does this twice.
    url = make_url(server)
    connection = await asyncpg.connect(
        user=url.username, database=url.database, host=str(url.query["host"])
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
