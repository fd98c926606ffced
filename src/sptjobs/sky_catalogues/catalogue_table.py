"""Reading a catalogue: its TOML, and the table that it names. Done in reading processes only."""

import hashlib
import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sptjobs.request.columns import MAX_COLUMNS, ColumnUse
from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.encodings import MAX_TABLE_BYTES
from sptjobs.request.label_columns import find_labels
from sptjobs.request.packed_rows import PackedRows
from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.reading_apart import require_process
from sptjobs.request.table_reading import read_source
from sptjobs.request.tables import SourceColumn, SourceTable
from sptjobs.request.target_rows import Cells, target_rows, unclear_hours
from sptjobs.request.text_column import TextColumn
from sptjobs.sky_catalogues.description import (
    PLACEHOLDER,
    SUFFIX,
    CatalogueDescription,
    CatalogueError,
    read_description,
)
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError

MAX_OBJECTS: Final = 100_000
"""Most rows of a catalogue."""
_MAX_NAME: Final = 128
_MAX_LINK: Final = 500
_MAX_PROBLEMS: Final = 20
_MAX_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class RefusedCatalogue:
    """Why a catalogue cannot be shown."""

    reason: str


def read_catalogue(folder: Path, name: str) -> SkyCatalogue | RefusedCatalogue:
    """Read a catalogue of a folder, or say why it cannot be.

    Rows without a position that makes sense are counted, and the others shown.

    Raises
    ------
    NeedsReadingProcessError
        This process is none that reads.
    """
    require_process()
    try:
        return _read(folder, name)
    except CatalogueError as error:
        return RefusedCatalogue(str(error))


def _read(folder: Path, name: str) -> SkyCatalogue:
    described = folder / f"{name}{SUFFIX}"
    description = read_description(described)
    content = _content(folder / description.table, description.table)
    table, rows = _source(content, description.table)
    use = _position(table, rows, description.table)
    version = hashlib.sha256(repr(description).encode() + content).hexdigest()[:16]
    columns = _Columns(table.columns, rows, description)
    return columns.fill(SkyCatalogue(name, description, version), target_rows(rows, use))


def _content(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            raise CatalogueError(f"table: there is no file {name!r} in the folder")
        with path.open("rb") as stream:
            content = stream.read(MAX_TABLE_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"{name}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_TABLE_BYTES:
        raise CatalogueError(
            f"{name}: has more than {MAX_TABLE_BYTES >> 20} MB; keep the columns that are used"
        )
    return content


def _source(content: bytes, name: str) -> tuple[SourceTable, PackedRows]:
    try:
        table = read_source(content, MAX_OBJECTS)
        rows = PackedRows(islice(table.rows, MAX_OBJECTS + 1))
    except InvalidRequestError as error:
        raise CatalogueError(f"{name}: {_reason(error.problems)}") from error
    except TooLargeError as error:
        raise CatalogueError(f"{name}: {error.message.removeprefix('POSITIONS: ')}") from error
    if len(table.columns) > MAX_COLUMNS:
        raise CatalogueError(
            f"{name}: has {len(table.columns)} columns, up to {MAX_COLUMNS} are read"
        )
    if len(rows) > MAX_OBJECTS:
        raise CatalogueError(
            f"{name}: has more than {MAX_OBJECTS} rows; make several catalogues of it"
        )
    return table, rows


def _position(table: SourceTable, rows: PackedRows, name: str) -> ColumnUse:
    position = choose_position(table.columns)
    if not isinstance(position, PositionColumns):
        raise CatalogueError(f"{name}: {_reason(position)}")
    use = ColumnUse(position, {}, {}, {}, (), table.kind)
    if (unclear := unclear_hours(rows, use)) is not None:
        raise CatalogueError(f"{name}: {unclear.field} {unclear.message}")
    return use


def _reason(problems: Iterable[ParameterError]) -> str:
    first = next(iter(problems))
    field = "" if first.field in {None, "POSITIONS"} else f"{first.field} "
    row = "" if first.row is None else f"row {first.row}: "
    return f"{row}{field}{first.reason}"


class _Columns:
    """The columns of a table beside its positions that mean something."""

    def __init__(
        self,
        columns: Sequence[SourceColumn],
        rows: PackedRows,
        description: CatalogueDescription,
    ) -> None:
        self._names = [column.name.strip() for column in columns]
        self._rows = rows
        self._table = description.table
        self._label = (
            find_labels(columns, rows)
            if description.label is None
            else self._place("label", description.label)
        )
        self._size = None if description.size is None else self._place("size", description.size)
        self._link = self._link_writer(description.link)

    def fill(
        self, catalogue: SkyCatalogue, positions: Iterable[Cells | ParameterError]
    ) -> SkyCatalogue:
        """Put the rows that have a position into a catalogue."""
        problems: list[str] = []
        refused = 0
        labels, links = TextColumn(), TextColumn()
        ra, dec, sizes = array("d"), array("d"), array("d")
        for number, (row, cells) in enumerate(zip(self._rows, positions, strict=True), start=1):
            try:
                texts, place = _read_row(row, cells)
                size = self._size_of(texts)
            except ParameterError as problem:
                refused += 1
                if len(problems) < _MAX_PROBLEMS:
                    problems.append(_row_problem(self._table, number, problem))
                continue
            ra.append(place[0])
            dec.append(place[1])
            sizes.append(size)
            labels.append("" if self._label is None else _label_of(texts[self._label]))
            links.append(self._link(texts))
        return SkyCatalogue(
            catalogue.name, catalogue.description, catalogue.version, labels, ra, dec, sizes, links,
            refused, tuple(problems),
        )  # fmt: skip

    def _place(self, key: str, name: str) -> int:
        found = [at for at, each in enumerate(self._names) if each == name]
        if len(found) == 1:
            return found[0]
        count = f"{len(found)} columns" if found else "no column"
        message = f"has {count} called {name!r}"
        known = ", ".join(self._names[:20])
        raise CatalogueError(f"{key}: {self._table} {message}; its columns are {known}")

    def _size_of(self, row: list[str]) -> float:
        if self._size is None or not row[self._size].strip():
            return math.nan
        text = row[self._size].strip()
        try:
            return value if math.isfinite(value := float(text)) else math.nan
        except ValueError:
            field = self._names[self._size]
            raise ParameterError("must be a number", field=field, value=text) from None

    def _link_writer(self, template: str | None) -> Callable[[list[str]], str]:
        if template is None:
            return lambda _: ""
        pieces = PLACEHOLDER.split(template)
        texts, places = pieces[::2], [self._place("link", name) for name in pieces[1::2]]

        def write(row: list[str]) -> str:
            values = [row[place].strip() for place in places]
            if not all(values):
                return ""
            written = texts[0] + "".join(
                quote(value, safe="") + text for value, text in zip(values, texts[1:], strict=True)
            )
            return written if len(written) <= _MAX_LINK else ""

        return write


def _read_row(
    row: list[str] | ParameterError, cells: Cells | ParameterError
) -> tuple[list[str], tuple[float, float]]:
    """The texts of a row and its position [deg], or why it has none."""
    if isinstance(row, ParameterError):
        raise row
    if isinstance(cells, ParameterError):
        raise cells
    return row, (parse_ra(cells["RA"]), parse_dec(cells["DEC"]))


def _label_of(text: str) -> str:
    """A name as it is shown: on one line, and not without end."""
    name = " ".join(text.split())[:_MAX_NAME]
    return name if name.isprintable() else "".join(filter(str.isprintable, name))


def _row_problem(table: str, number: int, problem: ParameterError) -> str:
    value = "" if problem.value is None else f": {problem.value[:_MAX_VALUE]!r}"
    field = f"{problem.field} " if problem.field else ""
    return f"{table}, row {number}: {field}{problem.reason}{value}"
