"""Tables in FITS files: that one of a file which holds positions."""

import io
from dataclasses import replace
from typing import Any

from astropy.io import fits
from astropy.table import Table

from sptjobs.request.column_titles import parse_title
from sptjobs.request.columns import MAX_COLUMNS
from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.sky_frames import DeclaredFrame, parse_frame
from sptjobs.request.tables import SourceColumn, SourceTable, refuse_table
from sptjobs.target_tables.table_columns import source_table

_MAX_HDUS = 100
_FIRST_FK5 = 1984.0


def read_fits_table(content: bytes) -> SourceTable:
    """Read the table of a file that has positions; of several none is chosen."""
    with fits.open(io.BytesIO(content), lazy_load_hdus=True) as hdus:
        tables = [hdu for hdu in _first(hdus) if isinstance(hdu, fits.BinTableHDU | fits.TableHDU)]
        if not tables:
            refuse_table("the FITS file has no table; a map is no table of targets")
        found = [hdu for hdu in tables if _has_position(hdu)]
        if len(found) > 1:
            names = ", ".join(repr(hdu.name or str(hdus.index_of(hdu))) for hdu in found[:8])
            refuse_table(
                f"the FITS file has {len(found)} tables with positions ({names}); send one"
            )
        return _read(found[0] if found else tables[0], content)


def _first(hdus: Any) -> list[Any]:
    first = []
    for hdu in hdus:
        first.append(hdu)
        if len(first) > _MAX_HDUS:
            refuse_table(f"the FITS file has more than {_MAX_HDUS} HDUs; send one with the table")
    return first


def _columns(hdu: Any) -> list[SourceColumn]:
    return [
        SourceColumn(column.name, column.unit, hdu.header.get(f"TUCD{at}"))
        for at, column in enumerate(hdu.columns, start=1)
    ]


def _has_position(hdu: Any) -> bool:
    return isinstance(choose_position(_columns(hdu)), PositionColumns)


def _read(hdu: Any, content: bytes) -> SourceTable:
    header = hdu.header
    needed = header["NAXIS1"] * header["NAXIS2"]
    if needed > len(content) or header["TFIELDS"] > MAX_COLUMNS:
        refuse_table(
            f"the table of the FITS file says to have {needed} bytes in {header['TFIELDS']} "
            f"columns, the file has {len(content)} bytes"
        )
    ucds = {
        column.name: str(header[f"TUCD{at}"])
        for at, column in enumerate(hdu.columns, start=1)
        if f"TUCD{at}" in header
    }
    table = source_table(_by_rows(Table.read(hdu)), "FITS table", ucds)
    frame = _frame(header)
    if frame is None:
        return table
    columns = tuple(
        replace(each, frame=frame) if _names_no_frame(each) else each for each in table.columns
    )
    return SourceTable(columns, table.rows, table.kind)


def _by_rows(table: Table) -> Table:
    """Turn a table of one row, each cell of which is a column, as STILTS's colfits has it."""
    lengths = {table[name].shape[1:2] for name in table.colnames}
    if len(table) != 1 or len(lengths) != 1 or lengths <= {(), (1,)}:
        return table
    found = Table()
    for name in table.colnames:
        column = table[name]
        cells = column[0]
        found[name] = cells.reshape(len(cells)) if cells.size == len(cells) else cells
        found[name].unit = column.unit
    return found


def _names_no_frame(column: SourceColumn) -> bool:
    """Whether a column is a right ascension or declination of which no more is said."""
    title = parse_title(column.name)
    return column.frame is None and (title is None or title.frame is None)


def _frame(header: Any) -> DeclaredFrame | None:
    """The frame that the header names for the whole table."""
    system = header.get("RADESYS", header.get("RADECSYS"))
    equinox = header.get("EQUINOX", "")
    if isinstance(system, str) and system.strip():
        return parse_frame(system, str(equinox))
    if isinstance(equinox, int | float) and not isinstance(equinox, bool):
        # FITS 4.0, section 8.3: what an equinox means where no frame is named.
        return parse_frame("fk4" if equinox < _FIRST_FK5 else "fk5", str(float(equinox)))
    return None
