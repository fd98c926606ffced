"""The revision that the schema is at, and whether this release works with it.

Every process looks when it opens the database, so that this asks the table of Alembic and the
names of the migrations' files: loading Alembic takes a seventh of the time in which a worker
starts, and only ``sptjobs db upgrade`` migrates (:mod:`sptjobs.store.migration`).
"""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import Database
from sptjobs.store.schema import schema_support

_VERSIONS = Path(__file__).with_name("migrations") / "versions"

_ALEMBIC_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


class SchemaError(Exception):
    """The schema is not one that this release works with."""


@cache
def history() -> tuple[str, ...]:
    """Revisions that this release knows, the oldest first; the last is its own.

    A migration's file is called ``REVISION_what_it_does.py``, and revisions count up.
    """
    revisions = sorted(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))
    if not revisions:
        raise SchemaError("this installation has no migrations")
    return tuple(revisions)


async def check_revision(database: Database) -> None:
    """Refuse a schema that this release does not work with.

    Raises
    ------
    SchemaError
        Names both revisions and what mends it.
    """
    async with database.read() as connection:
        found = await read_revision(connection)
        if found != history()[-1] and not await connection.run_sync(is_newer, found):
            raise SchemaError(
                f"the database is at revision {found or 'none'}, this release needs "
                f"{history()[-1]}: run 'sptjobs db upgrade'"
            )


async def read_revision(connection: AsyncConnection) -> str | None:
    """Tell at which revision the schema is; None for an empty database."""
    return await connection.run_sync(revision_of)


def revision_of(connection: sa.Connection) -> str | None:
    """Revision of the schema, None for an empty database.

    Raises
    ------
    SchemaError
        The database names several.
    """
    if not sa.inspect(connection).has_table(_ALEMBIC_VERSION.name):
        return None
    found = connection.scalars(sa.select(_ALEMBIC_VERSION.c.version_num)).all()
    if len(found) > 1:
        raise SchemaError(
            f"the database names {len(found)} revisions ({', '.join(sorted(found))}) and has to be "
            "at one: restore it from a backup"
        )
    return found[0] if found else None


def is_newer(connection: sa.Connection, found: str | None) -> bool:
    """Whether the schema is a later release's; False when it is an earlier one's.

    Raises
    ------
    SchemaError
        It is a later release's, and this release does not work with it.
    """
    known = history()
    if found is None or found in known:
        return False
    oldest = None
    if sa.inspect(connection).has_table(schema_support.name):
        oldest = connection.scalar(sa.select(schema_support.c.oldest_revision))
    if oldest in known:
        return True
    raise SchemaError(
        f"the database is at revision {found} of another release, which this release "
        f"({known[-1]}) does not work with: run a release that knows {oldest or found}"
    )
