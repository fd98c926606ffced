"""Single statements to SQLite, without what a transaction of SQLAlchemy's takes around them."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from sptjobs.store.sqlite_driver import ALONE
from sptjobs.uws.errors import UnavailableError


class SqliteLookups:
    """A connection on whose thread the statements of all who ask follow each other.

    Each is executed and fetched whole in one visit, so that nobody needs it for himself. It is
    opened with the first.

    Parameters
    ----------
    engine
        What opens it, and keeps a place for it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._opening = asyncio.Lock()
        self._lent: PoolProxiedConnection | None = None

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """Execute a SELECT of a few rows.

        Raises
        ------
        UnavailableError
            The database does not respond.
        """
        driver: Any = (self._lent or await self._opened()).driver_connection
        try:
            rows: list[Any] = await driver.fetch(sql, parameters)
        except sqlite3.OperationalError as error:
            raise UnavailableError(f"the database does not respond: {error}") from error
        return rows

    async def close(self) -> None:
        """Give the connection back."""
        if self._lent is not None:
            lent, self._lent = self._lent, None
            await greenlet_spawn(lent.close)

    async def _opened(self) -> PoolProxiedConnection:
        async with self._opening:
            if self._lent is None:
                lent = await self._engine.raw_connection()
                driver: Any = lent.driver_connection
                driver.begin_with(ALONE)
                self._lent = lent
            return self._lent
