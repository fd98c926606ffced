"""What statements a test sends to its database, and which of them read whole tables."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.database import Database
from sptjobs.store.sqlite_lookups import SqliteLookups

_READ_OR_WRITE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
_OF_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_SCAN = re.compile(r"SCAN (\w+)")


@dataclass
class Statements:
    """Statements by their text, each with the parameters that it was sent with first."""

    sent: dict[str, Any] = field(default_factory=dict)

    def add(self, statement: str, parameters: Any, many: bool) -> None:
        if _READ_OR_WRITE.match(statement):
            self.sent.setdefault(statement, parameters[0] if many and parameters else parameters)


@contextmanager
def recorded(database: Database) -> Iterator[Statements]:
    """Record what is sent to a database, by readers and writers."""
    found = Statements()

    def note(*event: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = event
        found.add(statement, parameters, many)

    engines = {database.writer.sync_engine, database.reader.sync_engine}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    fetch = SqliteLookups.fetch

    async def noting(self: SqliteLookups, sql: str, parameters: Any) -> list[Any]:
        found.add(sql, tuple(parameters), many=False)
        return await fetch(self, sql, parameters)

    SqliteLookups.fetch = noting  # type: ignore[method-assign]
    try:
        yield found
    finally:
        SqliteLookups.fetch = fetch  # type: ignore[method-assign]
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


async def scanned_tables(connection: AsyncConnection, statement: str, parameters: Any) -> set[str]:
    """Name the tables that the database reads from end to end for a statement.

    An index that is read from end to end counts as its table.
    """
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return {found[1] for row in rows if (found := _SCAN.match(str(row[-1])))}
    rows = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    plan = rows.scalar_one()
    return set(_scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _scans(node: dict[str, Any]) -> Iterator[str]:
    """Walk a plan of PostgreSQL's for what is read without a condition on an index."""
    unbounded = node["Node Type"] in _OF_INDEX and "Index Cond" not in node
    if unbounded or node["Node Type"] == "Seq Scan":
        yield node.get("Relation Name") or node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _scans(child)
