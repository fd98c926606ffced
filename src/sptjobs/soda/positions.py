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
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from sptjobs.soda.coordinates import parse_dec, parse_ra
from sptjobs.soda.identifiers import folded, parse_objid, position_name
from sptjobs.soda.numbers import parse_bounded, parse_number
from sptjobs.soda.request import Target
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError

COLUMNS = ("RA", "DEC", "XSIZE", "YSIZE", "OBJID", "TMIN", "TMAX")
"""Columns that mean something."""

MIN_SIZE_ARCMIN = 0.25
"""One pixel of a map: nothing smaller can be cut."""

MAX_SIZE_ARCMIN = 120.0
"""480 map pixels: 2 MB a plane, a quarter of a subfield's height. What is larger is
better served by the map itself."""

MAX_PROBLEMS = 100
"""Most problems that are told at once; reading stops there."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}

_MEANINGFUL = {
    "SIZE": "use XSIZE and YSIZE [arcmin]",
    "RADIUS": "use XSIZE and YSIZE [arcmin]",
    "TIME": "use TMIN and TMAX [MJD]",
    "MJD": "use TMIN and TMAX [MJD]",
    "BANDS": "it is given once for the whole request",
    "FILETYPE": "it is given once for the whole request",
    "DATE_START": "it is given once for the whole request, or use TMIN [MJD]",
    "DATE_END": "it is given once for the whole request, or use TMAX [MJD]",
    "COADD": "it is given once for the whole request",
    "PROJECTION": "it is given once for the whole request",
    "PIXEL_SCALE": "it is given once for the whole request",
}

_FIRST_JULIAN_DATE = 1_000_000.0

_Times = tuple[float | None, float | None]
_Draft = tuple[str | None, float, float, tuple[float, float], _Times]


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


def check_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Check the names of columns and tell which are not used.

    Raises
    ------
    InvalidRequestError
        RA or DEC is missing, a column is there twice, or a column's name looks
        as if the user meant something that would be lost.
    """
    names = [name.strip().upper() for name in header]
    problems = [
        ParameterError(f"the table has no such column, only {_listed(header)}", field=required)
        for required in ("RA", "DEC")
        if required not in names
    ]
    problems += [
        ParameterError("the column is there more than once", field=name)
        for name in COLUMNS
        if names.count(name) > 1
    ]
    ignored = [
        shown.strip() for shown, name in zip(header, names, strict=True) if name not in COLUMNS
    ]
    problems += [problem for name in ignored if (problem := _lookalike(name)) is not None]
    if problems:
        raise InvalidRequestError(tuple(problems[:MAX_PROBLEMS]))
    return tuple(ignored)


class TargetBuilder:
    """Turns rows into targets and collects what is wrong with them.

    Parameters
    ----------
    default_size, max_targets
        As for ``read_positions``.
    """

    def __init__(self, default_size: tuple[float, float], max_targets: int) -> None:
        self._default_size = default_size
        self._max_targets = max_targets
        self._row = 0
        self._drafts: list[_Draft] = []
        self._row_of: dict[str, int] = {}
        self._problems: list[ParameterError] = []

    def add(self, cells: Mapping[str, str]) -> None:
        """Take the next row: texts by upper-case column name, blank for none."""
        self._next_row()
        ra = self._read(parse_ra, cells["RA"])
        dec = self._read(parse_dec, cells["DEC"])
        sizes = self._sizes(cells.get("XSIZE", ""), cells.get("YSIZE", ""))
        times = self._times(cells.get("TMIN", ""), cells.get("TMAX", ""))
        objid = self._objid(cells.get("OBJID", ""))
        if not self._problems:
            self._drafts.append((objid, ra, dec, sizes, times))

    def refuse_row(self, problem: ParameterError) -> None:
        """Note a problem of the whole next row, whose cells cannot be read."""
        self._next_row()
        self._note(
            ParameterError(problem.reason, field=problem.field, row=self._row, value=problem.value)
        )

    def targets(self) -> tuple[Target, ...]:
        """The targets of all rows; those without OBJID are named by their positions.

        Of positions so close that they share a name the second gets ``_2`` and so
        on in the order of the table: the same table has the same names.
        """
        if not self._row:
            self._note(ParameterError("the table has no rows", field="POSITIONS"))
        if self._problems:
            raise InvalidRequestError(tuple(self._problems))
        taken = set(self._row_of)
        return tuple(
            Target(objid or _free_name(position_name(ra, dec), taken), ra, dec, *sizes, *times)
            for objid, ra, dec, sizes, times in self._drafts
        )

    def _next_row(self) -> None:
        self._row += 1
        if self._row > self._max_targets:
            raise TooLargeError(
                f"POSITIONS: more than {self._max_targets} targets, which is the most that one "
                "request may name; divide the table"
            )

    def _note(self, problem: ParameterError) -> None:
        """Keep a problem; the hundredth ends the reading."""
        self._problems.append(problem)
        if len(self._problems) >= MAX_PROBLEMS:
            raise InvalidRequestError(tuple(self._problems))

    def _read(self, parse: Callable[..., float], text: str, **details: Any) -> float:
        """Parse a cell; a wrong one is noted and becomes NaN, which no target will see."""
        try:
            return parse(text, row=self._row, **details)
        except ParameterError as problem:
            self._note(problem)
            return math.nan

    def _sizes(self, xtext: str, ytext: str) -> tuple[float, float]:
        if not xtext and not ytext:
            return self._default_size
        xsize = self._read(parse_size, xtext or ytext, field="XSIZE" if xtext else "YSIZE")
        ysize = self._read(parse_size, ytext, field="YSIZE") if xtext and ytext else xsize
        return xsize, ysize

    def _times(self, first: str, last: str) -> _Times:
        if not first and not last:
            return None, None
        tmin = self._read(parse_mjd, first, field="TMIN") if first else None
        tmax = self._read(parse_mjd, last, field="TMAX") if last else None
        if tmin is not None and tmax is not None and tmin > tmax:
            message = f"is after TMAX, {last}"
            self._note(ParameterError(message, field="TMIN", row=self._row, value=first))
        return tmin, tmax

    def _objid(self, text: str) -> str | None:
        if not text:
            return None
        try:
            objid = parse_objid(text, row=self._row)
        except ParameterError as problem:
            self._note(problem)
            return None
        first = self._row_of.setdefault(folded(objid), self._row)
        if first != self._row:
            message = f"is the name of row {first} already (upper and lower case are the same)"
            self._note(ParameterError(message, field="OBJID", row=self._row, value=text))
        return objid


def parse_size(text: str, *, field: str, row: int | None = None) -> float:
    """Read the side of a stamp [arcmin]."""
    return parse_bounded(
        text, least=MIN_SIZE_ARCMIN, most=MAX_SIZE_ARCMIN, unit="arcmin", field=field, row=row
    )


def parse_mjd(text: str, *, field: str, row: int | None = None) -> float:
    """Read a modified Julian date [d, UTC]; what looks like a Julian date is refused."""
    mjd = parse_number(text, field=field, row=row)
    if mjd >= _FIRST_JULIAN_DATE:
        message = "must be a modified Julian date, which is the Julian date less 2400000.5"
        raise ParameterError(message, field=field, row=row, value=text)
    return mjd


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while folded(candidate) in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(folded(candidate))
    return candidate


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


def _lookalike(shown: str) -> ParameterError | None:
    """A problem when the user seems to mean something by a column that is not used."""
    name = shown.upper()
    if name in _MEANINGFUL:
        message = f"the table has a column that is not used here: {_MEANINGFUL[name]}"
        return ParameterError(message, field=name)
    close = get_close_matches(name[:64], COLUMNS[2:], n=1, cutoff=0.8)
    if close:
        message = f"the table has a column that is not used here; did you mean {close[0]}?"
        return ParameterError(message, field="POSITIONS", value=shown)
    return None


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name.strip()[:20]) for name in header[:8])
    return shown if len(header) <= 8 else f"{shown} and {len(header) - 8} more"


def _refuse(message: str, value: str | None = None) -> NoReturn:
    raise InvalidRequestError((ParameterError(message, field="POSITIONS", value=value),))
