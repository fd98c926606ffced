"""The manifest of a job: one row for each target and map, as JSON, CSV and VOTable.

Every form is made in chunks from the outcomes as they are read, so that a
manifest of any length passes through little memory.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sptjobs.packs.records import Outcome


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the manifest, in VOTable's terms."""

    name: str
    datatype: str
    description: str
    unit: str | None = None
    ucd: str | None = None


COLUMNS = (
    Column("target", "int", "Index of the target in the request, from 0", ucd="meta.id"),
    Column("objid", "char", "Name of the target", ucd="meta.id;src;meta.main"),
    Column("ra", "double", "Right ascension of the target", "deg", "pos.eq.ra;meta.main"),
    Column("dec", "double", "Declination of the target", "deg", "pos.eq.dec;meta.main"),
    Column("xsize", "double", "Width asked for", "arcmin", "phys.angSize"),
    Column("ysize", "double", "Height asked for", "arcmin", "phys.angSize"),
    Column("map_id", "char", "Map that was cut", ucd="meta.id;meta.dataset"),
    Column("band", "char", "Observing band", ucd="meta.id;instr.bandpass"),
    Column("filetype", "char", "Kind of map", ucd="meta.code"),
    Column("obsid", "char", "Observation, or tag of the coadd", ucd="meta.id;obs"),
    Column("date_beg", "char", "Begin of the observation (UTC)", ucd="time.start;obs"),
    Column("status", "char", "How the cutout ended", ucd="meta.code.status"),
    Column("reason", "char", "Why the status is not ok", ucd="meta.note"),
    Column("covered", "double", "Observed fraction of the stamp's pixels", ucd="stat.filling"),
    Column("centre_covered", "boolean", "Whether the target's pixel is observed", ucd="meta.code"),
    Column("targ_x", "double", "Target on the first axis (FITS pixels)", "pix", "pos.cartesian.x"),
    Column("targ_y", "double", "Target on the second axis (FITS pixels)", "pix", "pos.cartesian.y"),
    Column("north", "double", "Direction of north from +y towards -x", "deg", "pos.posAng"),
    Column("file", "char", "FITS file below the job's out folder", ucd="meta.id;meta.file"),
    Column("size", "long", "Size of the FITS file", "byte", "phys.size;meta.file"),
    Column("sha256", "char", "SHA-256 of the FITS file", ucd="meta.checksum"),
    Column(
        "preview", "char", "Preview picture below the job's out folder", ucd="meta.id;meta.preview"
    ),
    Column(
        "preview_range", "double", "Value of the picture's last colour, in unit", ucd="stat.value"
    ),
    Column("sigma", "double", "Robust standard deviation [unit]", ucd="stat.stdev"),
    Column("unit", "char", "Unit of the pixels", ucd="meta.unit"),
    Column("beam", "double", "Beam (FWHM)", "arcmin", "phys.angSize;instr.beam"),
    Column("pixel_scale", "double", "Side of a pixel", "arcmin", "phys.angSize;instr.pixel"),
)
"""The attributes of an outcome, in their order."""

_BATCH = 250
_cells = attrgetter(*(column.name for column in COLUMNS))
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def manifest_json(facts: Mapping[str, Any], outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """One JSON object: the facts of the job, then ``rows``, one object a line.

    Parameters
    ----------
    facts
        What is to be said of the whole job; it has no ``rows`` of its own.
    """
    head = json.dumps(dict(facts), indent=1).removesuffix("}").rstrip()
    yield (head + ("," if facts else "") + '\n "rows": [').encode()
    names = [column.name for column in COLUMNS]
    encode = json.JSONEncoder(separators=(",", ":")).encode
    separator = "\n"
    for batch in _batches(outcomes):
        lines = ",\n".join(encode(dict(zip(names, _cells(row), strict=True))) for row in batch)
        yield (separator + lines).encode()
        separator = ",\n"
    yield b"\n]}\n"


def manifest_csv(outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """A header row and one row an outcome; what is not known is empty.

    Numbers have the fewest digits that read back as the same number; lines end as
    RFC 4180 wants.
    """
    yield (",".join(column.name for column in COLUMNS) + "\r\n").encode()
    for batch in _batches(outcomes):
        out = io.StringIO(newline="")
        csv.writer(out).writerows(map(_csv_cells, batch))
        yield out.getvalue().encode("utf-8", "backslashreplace")


def manifest_votable(facts: Mapping[str, Any], outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """A VOTable of one table; the facts are INFO elements.

    References
    ----------
    VOTable 1.4, section 5.1 "TABLEDATA serialization": an empty cell is a null.
    """
    yield _votable_head(facts).encode()
    for batch in _batches(outcomes):
        yield "".join(map(_votable_row, batch)).encode()
    yield b"</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"


def _batches(outcomes: Iterable[Outcome]) -> Iterator[Sequence[Outcome]]:
    rows = iter(outcomes)
    while batch := tuple(islice(rows, _BATCH)):
        yield batch


def _csv_cells(row: Outcome) -> list[Any]:
    return [
        ("true" if cell else "false") if isinstance(cell, bool) else cell for cell in _cells(row)
    ]


def _votable_head(facts: Mapping[str, Any]) -> str:
    infos = "".join(
        f"<INFO name={quoteattr(_xml_text(name))} value={quoteattr(_xml_text(_info(value)))}/>\n"
        for name, value in facts.items()
    )
    fields = "".join(map(_field, COLUMNS))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        '<RESOURCE type="results">\n<INFO name="QUERY_STATUS" value="OK"/>\n'
        f'{infos}<COOSYS ID="icrs" system="ICRS"/>\n'
        f'<TABLE name="manifest">\n{fields}<DATA><TABLEDATA>\n'
    )


def _field(column: Column) -> str:
    attributes = {"name": column.name, "ID": column.name, "datatype": column.datatype}
    if column.datatype == "char":
        # Reasons may hold any character, which char cannot (VOTable 1.4, section 2.1).
        attributes |= {"datatype": "unicodeChar", "arraysize": "*"}
    if column.name in {"ra", "dec"}:
        attributes["ref"] = "icrs"
    attributes |= {"unit": column.unit or "", "ucd": column.ucd or ""}
    written = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"<FIELD {written}><DESCRIPTION>{escape(column.description)}</DESCRIPTION></FIELD>\n"


def _votable_row(row: Outcome) -> str:
    return "<TR><TD>" + "</TD><TD>".join(map(_votable_cell, _cells(row))) + "</TD></TR>\n"


def _votable_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return escape(_xml_text(cell))
    return repr(cell)


def _info(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _xml_text(text: str) -> str:
    """The text, with what XML 1.0 cannot carry shown as replacement characters."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
