"""Statements that are written out once, and go to the driver as they are.

SQLAlchemy takes ten times as long as SQLite does to look a row up by its key: for what is read
with every request, that is most of what the request costs.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from sptjobs.store.database import Database

_RECORDS = 256
"""Records that are kept of a statement."""


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """A SELECT whose parameters are texts.

    Attributes
    ----------
    make
        Makes a record of a row, whose columns are its attributes. Of equal rows it is called
        once, while they are among the last few hundred.
    """

    select: sa.Select[Any]
    make: Callable[[Any], Any]
    _written: dict[str, "_Written"] = field(default_factory=dict)

    async def fetch(self, database: Database, values: Mapping[str, str]) -> list[Any]:
        """Execute it in a transaction of its own.

        Raises
        ------
        UnavailableError
            The database does not respond.
        """
        dialect = database.reader.dialect
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _write(self.select, dialect, self.make)
        found = await database.fetch(written.sql, written.parameters(values))
        return [written.record(tuple(each)) for each in found]


@dataclass(frozen=True, slots=True)
class _Written:
    """The text of a statement for one kind of database.

    Attributes
    ----------
    given
        Names of its parameters in their order, with the values of those that are fixed.
    record
        Makes a record of what the driver gives of a row.
    """

    sql: str
    given: Sequence[tuple[str, Any]]
    record: Callable[[tuple[Any, ...]], Any]

    def parameters(self, values: Mapping[str, str]) -> tuple[Any, ...]:
        return tuple(values.get(name, fixed) for name, fixed in self.given)


def _write(select: sa.Select[Any], dialect: Dialect, make: Callable[[Any], Any]) -> _Written:
    compiled: Any = select.compile(dialect=dialect)
    given = [(name, compiled.params[name]) for name in compiled.positiontup]
    columns = select.selected_columns
    row_type = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024 - the names are the statement's
    decoders = [
        (place, decode)
        for place, column in enumerate(columns)
        if (decode := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]

    @lru_cache(maxsize=_RECORDS)
    def record(values: tuple[Any, ...]) -> Any:
        decoded = list(values)
        for place, decode in decoders:
            decoded[place] = decode(decoded[place])
        return make(row_type(*decoded))

    return _Written(str(compiled), given, record)
