"""Tables as lines of delimited text: CSV with comma, semicolon, tab or bar, blanks, and ECSV.

The first line names the columns. Comments and blank lines do not count, but for the
header of ECSV, which describes the columns in comments, and for titles that stand in
the last comment before the rows.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from sptjobs.request.angle_units import parse_angle_unit
from sptjobs.request.blank_cells import BlankCells, words
from sptjobs.request.column_titles import parse_title
from sptjobs.request.ecsv import EcsvHeader, read_ecsv_header
from sptjobs.request.position_columns import are_usual, names_position
from sptjobs.request.tables import SourceColumn, SourceTable, refuse_table
from sptjobs.request.target_lines import is_meant_as_target, is_target, lines_table
from sptjobs.request.text_lines import BarLines, Lines, divided_lines
from sptjobs.uws.errors import ParameterError

_DELIMITERS = (",", ";", "\t", "|")
_BLANKS = " "
_EMPTY = "the table is empty; its first line must name the columns RA and DEC"
_RULE = re.compile(r"[-=:+\s|]*")
_RDB_TYPE = re.compile(r"[0-9]*[NSns]")
_NUMBERS = re.compile(r"[-+]?\.?[0-9][-+0-9.,:;]*")
"""A cell of numbers and marks: no title."""

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?[,;]?")
_SEPARATOR = re.compile(r"\s*\"?sep=.\"?\s*", re.IGNORECASE)
"""A first line that tells Excel what parts the columns; the titles tell it, too."""

_PREAMBLE_LINES = 200
_LONGEST_TITLES = 100_000
"""Characters of the line of titles: a thousand columns, and long names."""


def read_csv(text: str) -> SourceTable:
    """Read delimited text; the delimiter is the one that makes a line name the position.

    Where the first names none and can be a target, every line is one.
    """
    lines = _bars_after_preamble(text) or Lines(text)
    header_line = next(lines, None)
    if header_line is not None and _SEPARATOR.fullmatch(header_line):
        header_line = next(lines, None)
    if header_line is None:
        refuse_table(_EMPTY)
    found = _titles_in_comment(lines, header_line)
    if is_target(header_line) and (found is None or are_usual(found[1])):
        return lines_table(chain([header_line], lines))
    delimiter, names = _split_header(header_line)
    rows: Iterator[str] = lines
    if found is not None or not _are_titles(names):
        rows = chain([header_line], lines)
        if found is not None:
            delimiter, names = found
        elif _is_meant_as_target(header_line, names):
            return lines_table(rows)
        else:
            rows = lines
    columns = tuple(SourceColumn(name.strip()) for name in names)
    kind = "table in bars" if isinstance(lines, BarLines) else "CSV"
    is_indexed = found is None and header_line[0].isspace()
    divided = _rows(rows, delimiter, names, is_indexed=is_indexed)
    return with_units_below(SourceTable(columns, divided, kind))


def _are_titles(names: Sequence[str]) -> bool:
    """Whether cells name a position: titles, among which there is no number."""
    return names_position(names) and not any(map(_NUMBERS.fullmatch, names))


def _is_meant_as_target(line: str, names: Sequence[str]) -> bool:
    """Whether a line that names no position is meant as a target, as every line below it."""
    titles = [parse_title(name) for name in (*names, *line.split())]
    numbers = [name for name in line.split() if _NUMBER.fullmatch(name)]
    return (bool(numbers) or not any(titles)) and is_meant_as_target(line)


def with_units_below(table: SourceTable) -> SourceTable:
    """Take the lines of units, types and rules that some write below the titles for those."""
    units, first = _units(table.rows, len(table.columns))
    columns = tuple(
        replace(column, unit=unit or column.unit)
        for column, unit in zip(table.columns, units, strict=True)
    )
    return SourceTable(columns, chain(first, table.rows), table.kind)


def read_ecsv(text: str) -> SourceTable:
    """Read ECSV, whose header says delimiter, types and units.

    References
    ----------
    APE 6, "Enhanced Character Separated Values table format", version 1.0.
    """
    comments = [line[1:].rstrip("\n") for line in divided_lines(text) if line.startswith("#")]
    header: EcsvHeader = read_ecsv_header(comments)
    lines = Lines(text)
    header_line = next(lines, None)
    if header_line is None:
        refuse_table(_EMPTY)
    names = [name for name in _split(header_line, header.delimiter) if name]
    if names != [column.name for column in header.columns]:
        refuse_table("the columns that the ECSV header describes are not those of the table")
    rows = _csv_rows(lines, header.delimiter, len(names), strip_blanks=True)
    return SourceTable(header.columns, rows, "ECSV")


def _bars_after_preamble(text: str) -> Lines | None:
    """Find the table in bars that SIMBAD and NED write below a text about it."""
    preamble = text[: _PREAMBLE_LINES * _LONGEST_TITLES]
    for number, line in enumerate(islice(divided_lines(preamble), _PREAMBLE_LINES)):
        if len(line) > _LONGEST_TITLES:
            refuse_table(f"the first line is longer than {_LONGEST_TITLES} characters")
        if line.count("|") >= 2 and names_position(_split(line, "|")):
            return BarLines(text, number)
        if any(mark in line for mark in ",;\t") and names_position(_split_header(line)[1]):
            break
    return None


def _titles_in_comment(lines: Lines, first_row: str) -> tuple[str, list[str]] | None:
    """Titles in the last comment before the rows, as many as the first row has cells."""
    if not lines.comment:
        return None
    delimiter, names = _split_header(lines.comment)
    if _are_titles(names) and len(_split(first_row, delimiter)) == len(names):
        return delimiter, names
    return None


def _split_header(line: str) -> tuple[str, list[str]]:
    """Find the delimiter by which the line names the position, and split it."""
    splits = {delimiter: _split(line, delimiter) for delimiter in (*_DELIMITERS, _BLANKS)}
    naming = [delimiter for delimiter, names in splits.items() if _are_titles(names)]
    if naming:
        # One column for both coordinates last: "RA;DEC" parted by commas is one.
        chosen = next((each for each in naming if len(splits[each]) > 1), naming[0])
        return chosen, splits[chosen]
    longest = max(_DELIMITERS, key=lambda delimiter: len(splits[delimiter]))
    return longest, splits[longest]


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == _BLANKS:
        return words(line)
    if delimiter == "|":
        return _barred(line)
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error:
        return [line.strip()]


def _barred(line: str) -> list[str]:
    """Cells between bars; those at the ends of a line are its frame."""
    cells = [cell.strip() for cell in line.strip().split("|")]
    begin = 1 if not cells[0] and len(cells) > 1 else 0
    end = len(cells) - 1 if len(cells) > 1 and not cells[-1] else len(cells)
    return cells[begin:end]


def _rows(
    lines: Iterator[str], delimiter: str, names: Sequence[str], *, is_indexed: bool
) -> Iterator[list[str] | ParameterError]:
    """Cells of each row, stripped, or why a row cannot be split."""
    if delimiter == "|":
        return _barred_rows(lines, len(names))
    if delimiter == _BLANKS:
        return _blank_rows(lines, BlankCells(names, is_indexed=is_indexed), len(names))
    return _csv_rows(lines, delimiter, len(names))


def _barred_rows(lines: Iterator[str], width: int) -> Iterator[list[str] | ParameterError]:
    for line in lines:
        if _RULE.fullmatch(line):
            continue
        cells = _barred(line)
        if len(cells) == width - 1:
            # An empty cell at the end looks like the frame of the table.
            cells = [cell.strip() for cell in line.strip().split("|")][-width:]
        if any(cells):
            yield cells if len(cells) == width else _not_as_wide(cells, width, "|")


def _blank_rows(
    lines: Iterator[str], divide: BlankCells, width: int
) -> Iterator[list[str] | ParameterError]:
    for line in lines:
        cells = divide(line)
        if isinstance(cells, ParameterError):
            yield cells
        elif cells:
            yield cells if len(cells) == width else _not_as_wide(cells, width, _BLANKS)


def _csv_rows(
    lines: Iterator[str], delimiter: str, width: int, *, strip_blanks: bool = False
) -> Iterator[list[str] | ParameterError]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield ParameterError(f"the row cannot be split: {error}", field="POSITIONS")
            return
        if strip_blanks and delimiter == " " and len(cells) > width:
            # Lines of ECSV may be padded with blanks.
            cells = [cell for cell in cells if cell]
        # Spreadsheets end tables with rows of delimiters, and rows with more of them.
        if not any(cells):
            continue
        if not any(cells[width:]):
            cells = cells[:width]
        yield cells if len(cells) == width else _not_as_wide(cells, width, delimiter)


def _not_as_wide(cells: Sequence[str], width: int, delimiter: str) -> ParameterError:
    message = f"the row has {len(cells)} fields, the first line {width}"
    if delimiter == "," and len(cells) > width:
        message += "; quote what holds commas, and part the columns by ; where decimals have them"
    if delimiter == _BLANKS and len(cells) > width:
        message += "; part the columns by commas where cells hold blanks"
    return ParameterError(message, field="POSITIONS", value=delimiter.join(cells))


def _units(
    rows: Iterator[list[str] | ParameterError], width: int
) -> tuple[list[str | None], list[list[str] | ParameterError]]:
    """Read the lines of units, types and rules that some archives write below the titles.

    Returns
    -------
    tuple
        The units, and the first row that is one, where there is one.
    """
    units: list[str | None] = [None] * width
    for _ in range(3):
        row = next(rows, None)
        if row is None:
            return units, []
        if isinstance(row, ParameterError):
            return units, [row]
        if _are_units(row):
            units = [cell or None for cell in row]
        elif not (all(_RULE.fullmatch(cell) for cell in row) or all(map(_RDB_TYPE.fullmatch, row))):
            return units, [row]
    return units, []


def _are_units(row: Sequence[str]) -> bool:
    """Whether a row names units: two of angles or more, and no number."""
    known = [cell for cell in row if parse_angle_unit(cell) is not None]
    return len(known) >= 2 and not any(re.fullmatch(r"[+-]?[0-9.]+.*", cell) for cell in row)
