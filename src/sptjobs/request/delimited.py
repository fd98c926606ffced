"""Tables as lines of delimited text: CSV with comma, semicolon or tab, and ECSV.

The first line names the columns. Lines that begin with ``#`` and blank lines do
not count, but for the header of ECSV, which describes the columns in comments.
"""

import csv
import io
from collections.abc import Iterator
from itertools import chain

from sptjobs.request.columns import could_name
from sptjobs.request.ecsv import EcsvHeader, read_ecsv_header
from sptjobs.request.tables import SourceColumn, SourceTable, refuse_table
from sptjobs.request.target_lines import is_meant_as_target, is_target, lines_table
from sptjobs.uws.errors import ParameterError

_DELIMITERS = (",", ";", "\t")
_EMPTY = "the table is empty; its first line must name the columns RA and DEC"


def read_csv(text: str) -> SourceTable:
    """Read CSV; the delimiter is the one that makes the first line name RA and DEC.

    Where it names neither and can be a target, there is no heading, and every line is one.
    """
    lines = _lines(text)
    header_line = next(lines, None)
    if header_line is None:
        refuse_table(_EMPTY)
    delimiter, names = _split_header(header_line)
    named = _names_a_coordinate(names) or _names_a_coordinate(header_line.split())
    if is_target(header_line) or (not named and is_meant_as_target(header_line)):
        return lines_table(chain((header_line,), lines))
    columns = tuple(SourceColumn(name.strip()) for name in names)
    return SourceTable(columns, _rows(lines, delimiter, len(columns)))


def read_ecsv(text: str) -> SourceTable:
    """Read ECSV, whose header says delimiter, types and units.

    References
    ----------
    APE 6, "Enhanced Character Separated Values table format", version 1.0.
    """
    comments = [line[1:] for line in text.splitlines() if line.startswith("#")]
    header: EcsvHeader = read_ecsv_header(comments)
    lines = _lines(text)
    header_line = next(lines, None)
    if header_line is None:
        refuse_table(_EMPTY)
    names = [name for name in _split(header_line, header.delimiter) if name]
    if names != [column.name for column in header.columns]:
        refuse_table("the columns that the ECSV header describes are not those of the table")
    return SourceTable(header.columns, _rows(lines, header.delimiter, len(names)))


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
        if could_name("RA", names) and could_name("DEC", names):
            return delimiter, names
    longest = max(splits, key=lambda delimiter: len(splits[delimiter]))
    return longest, splits[longest]


def _names_a_coordinate(names: list[str]) -> bool:
    return could_name("RA", names) or could_name("DEC", names)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error:
        return [line.strip()]


def _rows(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str] | ParameterError]:
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
        if delimiter == " " and len(cells) > width:
            # Lines of ECSV may be padded with blanks.
            cells = [cell for cell in cells if cell]
        # Spreadsheets end tables with rows of delimiters.
        if not any(cells):
            continue
        if len(cells) == width:
            yield cells
        else:
            message = f"the row has {len(cells)} fields, the first line {width}"
            yield ParameterError(message, field="POSITIONS", value=delimiter.join(cells))
