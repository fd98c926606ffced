"""The id of the database, and how many sweeps of the results it has seen."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import database_identity


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """A database at one moment of its life.

    Attributes
    ----------
    database_id
        32 hexadecimal digits; copies and backups share it.
    sweeps
        Sweeps of the results that were begun: a backup has fewer.
    """

    database_id: str
    sweeps: int


async def read_identity(connection: AsyncConnection) -> DatabaseIdentity:
    """Read the id that the migration gave to this database."""
    row = (await connection.execute(sa.select(database_identity))).one()
    return DatabaseIdentity(row.database_id, row.sweeps)


async def count_sweep(connection: AsyncConnection) -> DatabaseIdentity:
    """Count one more sweep; return the identity with it."""
    more = database_identity.c.sweeps + 1
    await connection.execute(sa.update(database_identity).values(sweeps=more))
    return await read_identity(connection)
