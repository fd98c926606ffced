"""VOTables as tables of targets: TABLEDATA, BINARY and BINARY2, all inline.

Nothing outside the document is ever read: streams by reference and document type
declarations, which could name files and other servers, are refused.

References
----------
VOTable 1.4, sections 4 "FIELDs and PARAMs" and 5 "Data Serialization".
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from sptjobs.request.binary_rows import binary_rows, is_array
from sptjobs.request.columns import MAX_COLUMNS
from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.sky_frames import DeclaredFrame, parse_frame
from sptjobs.request.tables import SourceColumn, SourceTable, refuse_table
from sptjobs.uws.errors import ParameterError

_DEEPEST = 64
_MAX_TABLES = 100
_SERIALIZATIONS = {"TABLEDATA", "BINARY", "BINARY2", ""}


@dataclass(slots=True)
class TableField:
    """A FIELD element: its attributes, and the text that stands for no value."""

    attributes: dict[str, str]
    null: str | None = None


@dataclass(slots=True)
class _Table:
    """What was found of a TABLE element so far."""

    name: str = ""
    fields: list[TableField] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    serialization: str = ""
    stream: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Content:
    """What was found in the document so far; ``table`` is the one at hand."""

    tables: list[_Table] = field(default_factory=list)
    frames: dict[str, DeclaredFrame] = field(default_factory=dict)
    table: _Table = field(default_factory=_Table)

    def describe(self, tag: str, attributes: dict[str, str]) -> None:
        """Note what an element says of a table as a whole."""
        if tag == "TABLE":
            self.table = _Table(attributes.get("name") or attributes.get("ID") or "")
            self.tables.append(self.table)
            if len(self.tables) > _MAX_TABLES:
                refuse_table(f"the VOTable holds more than {_MAX_TABLES} tables; send one")
        elif tag == "COOSYS":
            self.frames[attributes.get("ID", "")] = parse_frame(
                attributes.get("system") or attributes.get("refframe") or "eq_FK5",
                attributes.get("equinox", ""),
                attributes.get("epoch", ""),
            )
        elif tag in {"TABLEDATA", "BINARY", "BINARY2", "FITS", "PARQUET"}:
            self.table.serialization = tag


def read_votable(text: str, max_rows: int) -> SourceTable:
    """Read the table of a document that has positions; of several none is chosen.

    Parameters
    ----------
    max_rows
        Reading stops behind so many rows and one more.

    Raises
    ------
    InvalidRequestError
        It is not well-formed, holds no table or several with positions, or refers to
        data elsewhere.
    """
    content = _Document(max_rows).read(text)
    table = _chosen(content)
    if table.serialization not in _SERIALIZATIONS:
        refuse_table("the VOTable must have TABLEDATA, BINARY or BINARY2 data")
    columns = _columns(table, content)
    if table.serialization in {"BINARY", "BINARY2"}:
        encoded = "".join(table.stream)
        try:
            data = base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            refuse_table("the stream of the VOTable is not base64")
        has_nulls = table.serialization == "BINARY2"
        found = [(each.attributes, each.null) for each in table.fields]
        rows = binary_rows(data, found, has_nulls=has_nulls)
        return SourceTable(columns, rows, "VOTable")
    nulls = [each.null for each in table.fields]
    return SourceTable(columns, _text_rows(table.rows, nulls), "VOTable")


def _chosen(content: _Content) -> _Table:
    """The only table, or the only one with positions."""
    tables = content.tables
    if not tables:
        refuse_table("the VOTable holds no tables; send one")
    if len(tables) == 1:
        return tables[0]
    found = [each for each in tables if _has_position(each, content)]
    if len(found) > 1:
        names = ", ".join(
            repr(each.name or f"table {tables.index(each) + 1}")[:60] for each in found[:8]
        )
        refuse_table(f"the VOTable holds {len(found)} tables with positions ({names}); send one")
    return found[0] if found else tables[0]


def _has_position(table: _Table, content: _Content) -> bool:
    if len(table.fields) > MAX_COLUMNS:
        return False
    return isinstance(choose_position(_columns(table, content)), PositionColumns)


def _columns(table: _Table, content: _Content) -> tuple[SourceColumn, ...]:
    return tuple(_column(each, content) for each in table.fields)


def _column(each: TableField, content: _Content) -> SourceColumn:
    attributes = each.attributes
    name = attributes.get("name") or attributes.get("ID") or ""
    unit = attributes.get("unit")
    if is_array(attributes):
        unit = f"array {unit or ''}".strip()
    frame = content.frames.get(attributes.get("ref", ""))
    return SourceColumn(name, unit, attributes.get("ucd"), frame)


def _text_rows(
    rows: list[list[str]], nulls: list[str | None]
) -> Iterator[list[str] | ParameterError]:
    for cells in rows:
        if len(cells) != len(nulls):
            message = f"the row has {len(cells)} cells, the table {len(nulls)} fields"
            yield ParameterError(message, field="POSITIONS")
            continue
        yield [
            "" if cell == null or cell.lower() == "nan" else cell
            for cell, null in zip(cells, nulls, strict=True)
        ]


class _Document:
    """Walks through one document."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._content = _Content()
        self._path: list[str] = []
        self._cell: list[str] = []
        self._row: list[str] = []

    def read(self, text: str) -> _Content:
        """Parse the document; it is in memory, and bounded, already."""
        # The text is decoded: what its declaration says of an encoding is past.
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            refuse_table(f"the VOTable is not well-formed: line {error.lineno}: {reason}")
        return self._content

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if not self._path and tag != "VOTABLE":
            refuse_table(f"the table is XML, but a {tag[:40]} and no VOTable")
        self._path.append(tag)
        if len(self._path) > _DEEPEST:
            refuse_table("the VOTable is nested too deeply")
        self._open(tag, attributes)

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        content = self._content
        match tag:
            case "TR":
                self._row = []
            case "TD":
                self._cell = []
                if attributes.get("encoding"):
                    refuse_table("cells with an encoding of their own are not read")
            case "FIELD":
                content.table.fields.append(TableField(attributes))
            case "VALUES" if self._path[-2:-1] == ["FIELD"]:
                content.table.fields[-1].null = attributes.get("null")
            case "STREAM":
                _check_stream(attributes)
            case _:
                content.describe(tag, attributes)

    def _end(self, _name: str) -> None:
        tag = self._path.pop()
        if tag == "TD":
            self._row.append("".join(self._cell).strip())
        elif tag == "TR" and len(self._content.table.rows) <= self._max_rows:
            self._content.table.rows.append(self._row)

    def _data(self, text: str) -> None:
        if self._path[-1] == "TD":
            self._cell.append(text)
        elif self._path[-1] == "STREAM":
            self._content.table.stream.append(text)


def _check_stream(attributes: dict[str, str]) -> None:
    if attributes.get("href"):
        refuse_table("data elsewhere are not fetched; send them in the VOTable", attributes["href"])
    if attributes.get("encoding", "base64") not in {"base64", "none"}:
        refuse_table("the stream of the VOTable must be base64", attributes["encoding"])


def _refuse_doctype(name: str, *_: object) -> None:
    refuse_table("a document type declaration is not taken in a VOTable", name)
