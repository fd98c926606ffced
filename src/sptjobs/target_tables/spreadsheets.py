"""Spreadsheets: that sheet of a workbook which holds positions (.xlsx, .xls, .ods)."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook, load_workbook

from sptjobs.request.csv_lines import csv_line
from sptjobs.request.table_kinds import SPREADSHEET
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.target_tables.several_tables import table_with_positions
from sptjobs.uws.errors import TooLargeError

_MAX_SHEETS = 100
_MAX_UNPACKED_BYTES = 200 << 20
"""What a workbook may unpack to: XML is ten times as long as the cells it holds."""

_MAX_CELLS = 4_000_000


def read_spreadsheet(content: bytes) -> SourceTable:
    """Read the sheet of a workbook that has positions; of several none is chosen.

    Cells hold what their formulas last gave.

    Raises
    ------
    TooLargeError
        It unpacks to more than a table of targets can need.
    """
    _check_unpacked(content)
    try:
        workbook = load_workbook(io.BytesIO(content))
        return _read(workbook)
    except BaseException as error:
        # What the library did not foresee comes as no Exception: the process goes on.
        if type(error).__name__ != "PanicException":
            raise
        refuse_table("the spreadsheet is damaged; save it as CSV")


def _read(workbook: CalamineWorkbook) -> SourceTable:
    names = workbook.sheet_names
    if len(names) > _MAX_SHEETS:
        refuse_table(f"the spreadsheet has {len(names)} sheets; keep the one with the targets")
    texts = {name: "".join(_lines(workbook, name)) for name in names}
    return table_with_positions(texts, SPREADSHEET, "the spreadsheet", "sheets")


def _check_unpacked(content: bytes) -> None:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        size = sum(each.file_size for each in packed.infolist())
    if size > _MAX_UNPACKED_BYTES:
        raise TooLargeError(
            f"POSITIONS: the spreadsheet unpacks to {size >> 20} MB, more than "
            f"{_MAX_UNPACKED_BYTES >> 20} MB; keep the columns that are used, or save it as CSV"
        )


def _lines(workbook: CalamineWorkbook, name: str) -> Iterator[str]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.height * sheet.width > _MAX_CELLS:
        raise TooLargeError(
            f"POSITIONS: the sheet {name!r} has {sheet.height} rows of {sheet.width} cells; "
            "keep the columns that are used, or save it as CSV"
        )
    for row in sheet.to_python():
        cells = [_text(cell) for cell in row]
        if any(cells):
            yield csv_line(cells)


def _text(cell: Any) -> str:
    """A cell as a text: whole numbers without a point, since all are doubles there."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case time():
            return cell.isoformat()
        case timedelta():
            return _clock(cell)
        case date() | datetime():
            return cell.isoformat()
    return " ".join(str(cell).split())


def _clock(length: timedelta) -> str:
    """What a spreadsheet made a time of day of: ``00:59:59.976`` was a right ascension."""
    seconds = length.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, left = divmod(seconds, 60)
    return f"{sign}{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{left:06.3f}"
