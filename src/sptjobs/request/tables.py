"""A table of targets as it was sent, before anything in it is understood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from sptjobs.request.sky_frames import DeclaredFrame
from sptjobs.uws.errors import InvalidRequestError, ParameterError


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as the file describes it; CSV tells no more than the name.

    ``frame`` is that of the coordinates that the file says it holds.
    """

    name: str
    unit: str | None = None
    ucd: str | None = None
    frame: DeclaredFrame | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Columns, and rows of as many texts, blank for none; or why a row cannot be read.

    ``kind`` names what it was taken for.
    """

    columns: tuple[SourceColumn, ...]
    rows: Iterator[list[str] | ParameterError]
    kind: str = "CSV"


def refuse_table(message: str, value: str | None = None) -> NoReturn:
    """Refuse a table that cannot be read as a whole."""
    raise InvalidRequestError((ParameterError(message, field="POSITIONS", value=value),))
