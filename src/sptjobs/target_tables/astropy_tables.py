"""Tables of targets that libraries read: FITS, IPAC, CDS, LaTeX, HTML, spreadsheets and more.

Contents are parsed in memory: nothing that a table names is opened.
"""

import warnings
from typing import Any

from astropy.io import ascii as text_tables
from astropy.table import Table

from sptjobs.request import table_kinds
from sptjobs.request.delimited import with_units_below
from sptjobs.request.reading_apart import Astronomy
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.target_tables.fits_tables import read_fits_table
from sptjobs.target_tables.frame_transforms import to_icrs
from sptjobs.target_tables.html_tables import read_html_table
from sptjobs.target_tables.printed_tables import as_ruled
from sptjobs.target_tables.spreadsheets import read_spreadsheet
from sptjobs.target_tables.table_columns import source_table
from sptjobs.target_tables.typeset_cells import deluxe_as_tabular, without_markup
from sptjobs.target_tables.typeset_rows import rows_of_lines
from sptjobs.uws.errors import ServiceError

_FORMATS = {
    table_kinds.CDS: "cds",
    table_kinds.IPAC: "ipac",
    table_kinds.LATEX: "latex",
    table_kinds.AASTEX: "latex",
    table_kinds.SEXTRACTOR: "sextractor",
    table_kinds.RST: "rst",
    table_kinds.RULED: "fixed_width_two_line",
    table_kinds.TDAT: "tdat",
    table_kinds.MIXED_ECSV: "ecsv",
}
_BINARY = {table_kinds.FITS: read_fits_table, table_kinds.SPREADSHEET: read_spreadsheet}
_TYPESET = frozenset({table_kinds.LATEX, table_kinds.AASTEX})
_MAX_REASON = 200


def load_astronomy() -> Astronomy:
    """Give what astropy does for the reading of tables."""
    return Astronomy(read_table, to_icrs)


def read_table(content: bytes | str, kind: str) -> SourceTable:
    """Read a table of a kind that a library reads.

    Raises
    ------
    InvalidRequestError
        It cannot be read as what it looks like.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if isinstance(content, bytes):
                return _BINARY[kind](content)
            if kind == table_kinds.HTML:
                return read_html_table(content)
            return _text_table(content, kind)
        except (ServiceError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library raises for broken tables
            reason = " ".join(str(error).split())[:_MAX_REASON]
            refuse_table(f"the table looks like {kind}, but cannot be read as such: {reason}")


def _text_table(text: str, kind: str) -> SourceTable:
    if kind in _TYPESET:
        rows = rows_of_lines(deluxe_as_tabular(text) if kind == table_kinds.AASTEX else text)
        return with_units_below(source_table(_parsed([*without_markup(rows)], kind), kind))
    lines = text.splitlines()
    if kind == table_kinds.RULED:
        ruled, units = as_ruled(lines)
        table = _parsed(ruled, kind)
        for column, unit in zip(table.columns.values(), units, strict=True):
            column.unit = unit or None
        return source_table(table, kind)
    return source_table(_parsed(lines, kind), kind)


def _parsed(lines: list[str], kind: str) -> Table:
    # A list of lines: a single text might be taken for the name of a file.
    options: dict[str, Any] = {} if kind == table_kinds.MIXED_ECSV else {"fast_reader": False}
    return text_tables.read(lines, format=_FORMATS[kind], guess=False, **options)
