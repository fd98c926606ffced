"""Tables of a job as JSON, CSV and VOTable.

Every form is made in chunks from the rows as they are read, so that a table of any
length passes through little memory.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from xml.sax.saxutils import escape, quoteattr

_BATCH = 250
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[^ !-%'-;=?-~]")
"""What XML cannot carry as it is, and what may be among it."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_APOSTROPHE = "'"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, in VOTable's terms.

    ``xtype`` is of DALI 1.1 (section 3.3), ``utype`` names a data model's attribute.
    """

    name: str
    datatype: str
    description: str
    unit: str | None = None
    ucd: str | None = None
    ref: str | None = None
    utype: str | None = None
    xtype: str | None = None


def _unwritten(_row: Any) -> None:
    """Say that a row is kept otherwise than as JSON."""


@dataclass(frozen=True, slots=True)
class Form:
    """A table without its rows.

    Attributes
    ----------
    systems
        VOTable's elements of the coordinate systems that columns refer to.
    cells
        Gives the cells of a row, in the order of the columns.
    line
        Gives a row as a JSON object, where it is kept as one; else None.
    """

    name: str
    columns: tuple[Column, ...]
    systems: str
    cells: Callable[[Any], tuple[Any, ...]]
    line: Callable[[Any], str | None] = _unwritten


def json_chunks(form: Form, facts: Mapping[str, Any], rows: Iterable[Any]) -> Iterator[bytes]:
    """One JSON object: the facts of the job, then ``rows``, one object a line.

    Parameters
    ----------
    facts
        What is to be said of the whole job; it has no ``rows`` of its own.
    """
    head = json.dumps(dict(facts), indent=1).removesuffix("}").rstrip()
    yield (head + ("," if facts else "") + '\n "rows": [').encode()
    names, cells = [column.name for column in form.columns], form.cells
    encode = json.JSONEncoder(separators=(",", ":")).encode
    separator = "\n"
    for batch in batches(rows):
        lines = ",\n".join(
            form.line(row) or encode(dict(zip(names, cells(row), strict=True))) for row in batch
        )
        yield (separator + lines).encode()
        separator = ",\n"
    yield b"\n]}\n"


def csv_chunks(form: Form, rows: Iterable[Any]) -> Iterator[bytes]:
    """A header row and the rows; what is not known is empty.

    Numbers have the fewest digits that read back as the same number; lines end as
    RFC 4180 wants. A text that a spreadsheet would take for a formula has an apostrophe
    before it, and so has one that would look like such a text: of a text that begins with
    apostrophes and one of ``=+-@`` the first apostrophe is not its own. Numbers have none.

    References
    ----------
    OWASP, "CSV Injection".
    """
    yield (",".join(column.name for column in form.columns) + "\r\n").encode()
    for batch in batches(rows):
        yield csv_rows(form.cells(row) for row in batch)


def votable_chunks(form: Form, facts: Mapping[str, Any], rows: Iterable[Any]) -> Iterator[bytes]:
    """A VOTable of one table; the facts are INFO elements.

    References
    ----------
    VOTable 1.4, section 5.1 "TABLEDATA serialization": an empty cell is a null.
    """
    yield _votable_head(form, facts).encode()
    for batch in batches(rows):
        yield votable_rows(form.cells(row) for row in batch)
    yield b"</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"


def votable_rows(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows of cells as TABLEDATA."""
    return "".join(map(_votable_row, rows)).encode()


def csv_rows(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows of cells as ``csv_chunks`` does."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(map(_csv_cells, rows))
    return out.getvalue().encode("utf-8", "backslashreplace")


def batches(rows: Iterable[_T]) -> Iterator[Sequence[_T]]:
    """Rows a few hundred at a time."""
    left = iter(rows)
    while batch := tuple(islice(left, _BATCH)):
        yield batch


def _csv_cells(cells: Sequence[Any]) -> list[Any]:
    return [_csv_cell(cell) for cell in cells]


def _csv_cell(cell: Any) -> Any:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return _APOSTROPHE + cell
    return cell


def _votable_head(form: Form, facts: Mapping[str, Any]) -> str:
    infos = "".join(
        f"<INFO name={quoteattr(xml_text(name))} value={quoteattr(xml_text(_info(value)))}/>\n"
        for name, value in facts.items()
    )
    fields = "".join(map(_field, form.columns))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        '<RESOURCE type="results">\n<INFO name="QUERY_STATUS" value="OK"/>\n'
        f"{infos}{form.systems}\n"
        f'<TABLE name="{form.name}">\n{fields}<DATA><TABLEDATA>\n'
    )


def _field(column: Column) -> str:
    attributes = {"name": column.name, "ID": column.name, "datatype": column.datatype}
    if column.datatype == "char":
        # Reasons may hold any character, which char cannot (VOTable 1.4, section 2.1). What is a
        # time is read as one only where it is char (DALI 1.1, section 3.3.3).
        kind = "unicodeChar" if column.xtype is None else "char"
        attributes |= {"datatype": kind, "arraysize": "*"}
    for name in ("ref", "unit", "ucd", "utype", "xtype"):
        attributes[name] = getattr(column, name) or ""
    written = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"<FIELD {written}><DESCRIPTION>{escape(column.description)}</DESCRIPTION></FIELD>\n"


def _votable_row(cells: Sequence[Any]) -> str:
    return "<TR><TD>" + "</TD><TD>".join(map(_votable_cell, cells)) + "</TD></TR>\n"


def _votable_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return escape(xml_text(cell)) if _SPECIAL.search(cell) else cell
    return repr(cell)


def _info(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def xml_text(text: str) -> str:
    """The text, with what XML 1.0 cannot carry shown as replacement characters."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
