"""The database's clock as a part of statements: it is read with what they read or change anyway."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from sptjobs.store.schema import UtcTime


class Clock(sa.sql.expression.FunctionElement[datetime]):
    """The time at which a statement comes to it: of a change to a row, while it is locked."""

    inherit_cache = True
    name = "clock"
    type = UtcTime()


@compiles(Clock, "sqlite")
def _of_sqlite(_clock: Clock, _compiler: SQLCompiler, **_options: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f', 'now')"


@compiles(Clock, "postgresql")
def _of_postgresql(_clock: Clock, _compiler: SQLCompiler, **_options: Any) -> str:
    return "clock_timestamp()"
