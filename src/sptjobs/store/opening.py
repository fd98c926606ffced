"""Opening the database of a process, after a look at its revision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sptjobs.store.database import Database, connect
from sptjobs.store.schema_revision import check_revision


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open a database whose schema this release works with.

    Raises
    ------
    SchemaError
        The schema is missing, or is one that this release does not work with.
    """
    async with connect(url) as database:
        await check_revision(database)
        yield database
