"""Changes to several tables that PostgreSQL gets in one statement.

There each statement is a way to the server and back, which takes longer than the change: ten of
them were most of what a small job took. SQLite, which is no way off, gets one after the other.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


class Together:
    """Statements none of which looks at what another one changes, in the order of references.

    On PostgreSQL all but the last are its common table expressions. They see the rows as they were
    before: a row is changed by one of them at most.

    Parameters
    ----------
    statements
        With all of their values in parameters, each of which has the same value in all of them.
    """

    def __init__(self, *statements: sa.Insert | sa.Update) -> None:
        self._each = [(each, frozenset(_given(each))) for each in statements]
        self._names = frozenset[str]().union(*(names for _, names in self._each))
        *others, last = statements
        self._one = last.add_cte(*(each.cte(f"step_{n}") for n, each in enumerate(others)))

    async def execute(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> sa.CursorResult[Any]:
        """Execute all of them; give what the last one gives."""
        if connection.dialect.name == "postgresql":
            given = {name: values[name] for name in self._names}
            return await connection.execute(self._one, given)
        for statement, names in self._each:
            own = {name: values[name] for name in names}
            result = await connection.execute(statement, own)
        return result


def _given(statement: sa.Insert | sa.Update) -> list[str]:
    """Names of the parameters that have no value of their own."""
    return [name for name, value in statement.compile().params.items() if value is None]
