"""Bringing the schema to this release's revision, and refusing any other.

Only ``sptjobs db upgrade`` migrates, under a lock; every other process checks.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sptjobs.store.database import Database, connect

_LOCK_KEY = 0x53505433  # "SPT3": any number that nothing else in the database uses


class SchemaError(Exception):
    """The schema is not of the revision that this release works with."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def head_revision() -> str:
    """Revision that this release works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SchemaError("this installation has no migrations")
    return head


async def current_revision(database: Database) -> str | None:
    """Revision of the schema, None for an empty database."""
    async with database.read() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def check_revision(database: Database) -> None:
    """Refuse a schema of another revision.

    Raises
    ------
    SchemaError
        Names both revisions and the command that mends it.
    """
    found, wanted = await current_revision(database), head_revision()
    if found != wanted:
        raise SchemaError(
            f"the database is at revision {found or 'none'}, this release needs {wanted}: "
            "run 'sptjobs db upgrade'"
        )


async def upgrade(url: str) -> str:
    """Migrate to the head revision and return it; several at once wait for each other."""
    async with connect(url) as database, database.write() as connection:
        # On SQLite the transaction itself, begun IMMEDIATE, is the lock.
        if not database.is_sqlite:
            await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
        await connection.run_sync(_upgrade_to_head)
    return head_revision()


def _upgrade_to_head(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
