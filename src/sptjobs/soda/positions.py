"""The table of targets that a user sends, as CSV text.

The first line names the columns: ``RA,DEC`` and optionally ``XSIZE``, ``YSIZE``,
``OBJID``, ``TMIN``, ``TMAX``, in any order and case. Lines that begin with ``#``
and blank lines do not count. The delimiter is the one of comma, semicolon and
tab that makes the first line hold an RA and a DEC column.

Catalogues have many more columns than these. A column of another name is left
alone and listed in ``PositionTable.ignored``, except where its name says that
the user means something by it here (``SIZE``, ``MJD``, a misspelt ``XSZIE``):
that is refused, because dropping it would change the request silently.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from sptjobs.soda.columns import check_columns
from sptjobs.soda.request import Target
from sptjobs.soda.targets import TargetBuilder
from sptjobs.uws.errors import InvalidRequestError, ParameterError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class PositionTable:
    """A table of targets as it was understood.

    Attributes
    ----------
    targets
        One for each row, in order.
    ignored
        Names of the columns that were left alone, as the user wrote them.
    """

    targets: tuple[Target, ...]
    ignored: tuple[str, ...] = ()


def parse_positions(
    content: bytes, *, default_size: tuple[float, float], max_targets: int
) -> tuple[Target, ...]:
    """Read the targets of a CSV table; see ``read_positions``."""
    table = read_positions(content, default_size=default_size, max_targets=max_targets)
    return table.targets


def read_positions(
    content: bytes, *, default_size: tuple[float, float], max_targets: int
) -> PositionTable:
    """Read a CSV table of targets.

    Parameters
    ----------
    content
        UTF-8 text, with or without a byte-order mark.
    default_size
        Width and height [arcmin] of a target whose row gives neither. A row that
        gives one of them is a square of that side.
    max_targets
        Most rows that are taken.

    Raises
    ------
    InvalidRequestError
        Lists every problem with its column, row and value, up to ``MAX_PROBLEMS``.
    TooLargeError
        The table has more rows than ``max_targets``.
    """
    lines = _lines(_decode(content))
    header_line = next(lines, None)
    if header_line is None:
        _refuse("the table is empty; its first line must name the columns RA and DEC")
    delimiter, header = _split_header(header_line)
    ignored = check_columns(header)
    builder = TargetBuilder(default_size, max_targets)
    names = tuple(name.strip().upper() for name in header)
    for cells in _rows(lines, delimiter):
        if isinstance(cells, ParameterError):
            builder.refuse_row(cells)
        elif len(cells) != len(names):
            message = f"the row has {len(cells)} fields, the first line {len(names)}"
            value = delimiter.join(cells)
            builder.refuse_row(ParameterError(message, field="POSITIONS", value=value))
        else:
            builder.add(dict(zip(names, cells, strict=True)))
    return PositionTable(builder.targets(), ignored)


def _decode(content: bytes) -> str:
    if b"\0" in content:
        _refuse("the table is not text: it holds NUL bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the table is not UTF-8 text: byte {error.start + 1} cannot be read"
        _refuse(message, repr(content[error.start : error.start + 4])[2:-1])


def _lines(text: str) -> Iterator[str]:
    """Lines that count, with their line ends, whichever those are."""
    for line in io.StringIO(text, newline=None):
        stripped = line.lstrip()
        if stripped and stripped[0] != "#":
            yield line


def _split_header(line: str) -> tuple[str, list[str]]:
    """Find the delimiter by which the line names RA and DEC, and split it."""
    splits = {delimiter: _split(line, delimiter) for delimiter in _DELIMITERS}
    for delimiter, names in splits.items():
        if {"RA", "DEC"} <= {name.strip().upper() for name in names}:
            return delimiter, names
    longest = max(splits, key=lambda delimiter: len(splits[delimiter]))
    return longest, splits[longest]


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return [line]


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str] | ParameterError]:
    """Cells of each row, stripped, or why a row cannot be split."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield ParameterError(f"the row cannot be split: {error}", field="POSITIONS")
            return
        # Spreadsheets end tables with rows of delimiters.
        if any(cells):
            yield cells


def _refuse(message: str, value: str | None = None) -> NoReturn:
    raise InvalidRequestError((ParameterError(message, field="POSITIONS", value=value),))
