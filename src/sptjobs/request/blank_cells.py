"""Rows whose cells only blanks divide: of people, of papers, and as programs print tables."""

import re
from collections.abc import Sequence

from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.tables import SourceColumn
from sptjobs.uws.errors import ParameterError

_WORD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_TRIPLE = re.compile(r"[+\-\u2212]?[0-9]{1,3} [0-5]?[0-9] [0-5]?[0-9](?:\.[0-9]*)?")
_SHAPE = re.compile(r"\[[0-9]+ rows x [0-9]+ columns\]|Length = [0-9]+ rows")
"""What pandas and astropy print below a table."""

_MORE_OF_BOTH = 4
"""Further cells of a row whose right ascension and declination have three numbers each."""


def words(line: str) -> list[str]:
    """Divide a line at its blanks; a cell in quotes may hold some."""
    return [quoted.replace('""', '"') if quoted else word for quoted, word in _WORD.findall(line)]


class BlankCells:
    """Divides rows below titles.

    Parameters
    ----------
    names
        The titles.
    is_indexed
        Whether each row may have its number before the first cell, which has no title, as
        pandas prints it.
    """

    def __init__(self, names: Sequence[str], *, is_indexed: bool) -> None:
        self._width = len(names)
        self._is_indexed = is_indexed
        self._places = _pair(names)

    def __call__(self, line: str) -> list[str] | ParameterError | None:
        """Cells of a row, as many as there are titles where that can be; None for no row.

        Where that leaves three numbers of a right ascension and of a declination, these are
        one cell each.
        """
        text = line.strip()
        cells = words(text)
        if _SHAPE.fullmatch(text):
            return None
        if len(cells) > 1 and all(not cell.strip(".") for cell in cells):
            message = "leaves out rows of the table; write it to a file, as CSV, and send that"
            return ParameterError(message, field="POSITIONS", value=text)
        if self._is_indexed and len(cells) > self._width and cells[0].isdecimal():
            found = self._joined(cells[1:])
            if len(found) == self._width:
                return found
        return self._joined(cells)

    def _joined(self, cells: list[str]) -> list[str]:
        if len(cells) != self._width + _MORE_OF_BOTH or not self._places:
            return cells
        joined = cells
        for place in self._places:
            angle = " ".join(joined[place : place + 3])
            if not _TRIPLE.fullmatch(angle):
                return cells
            joined = [*joined[:place], angle, *joined[place + 3 :]]
        return joined


def _pair(names: Sequence[str]) -> list[int]:
    """Where the two coordinates stand that have a column each; nothing where they have not."""
    position = choose_position([SourceColumn(name) for name in names])
    if not isinstance(position, PositionColumns) or position.is_whole:
        return []
    return sorted(position.places) if len(position.longitude) == len(position.latitude) == 1 else []
