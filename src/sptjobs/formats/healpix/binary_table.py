"""The columns of a FITS binary table: where their values stand in a row.

References
----------
FITS Standard 4.0, section 7.3.
"""

import re
from dataclasses import dataclass
from typing import IO

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.structure import headers_of
from sptjobs.maps.map_error import MapError

_FORM = re.compile(r"([0-9]{0,9})([LXBIJKAEDCMPQ])")
_BYTES = {
    "L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8, "C": 8, "M": 16, "P": 8,
    "Q": 16,
}  # fmt: skip
_NUMBERS = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column.

    Attributes
    ----------
    number
        From 1.
    offset
        Of its first value in a row [byte].
    dtype
        Of a value; None of what is no plain number.
    repeat
        Values in a row.
    scale, zero, null
        What makes physical values of stored ones, and the integer that stands for none.
    """

    number: int
    name: str
    unit: str
    offset: int
    dtype: str | None
    repeat: int
    scale: float
    zero: float
    null: int | None

    @property
    def is_integer(self) -> bool:
        """Whether its values are integers as they are stored."""
        return self.dtype is not None and self.dtype[-2] != "f"

    def physical(self, stored: NDArray[np.number]) -> NDArray[np.floating]:
        """Values of what is stored, NaN where there is none; of 32-bit floats again such."""
        if self.dtype == ">f4" and (self.scale, self.zero) == (1.0, 0.0):
            return stored.astype(np.float32)
        values = stored.astype(np.float64) * self.scale + self.zero
        if self.is_integer and self.null is not None:
            values[stored == self.null] = np.nan
        return np.asarray(values)


@dataclass(frozen=True, slots=True)
class Table:
    """A binary table: its HDU, its header, and where its rows stand in the file [byte]."""

    hdu: int
    header: fits.Header
    start: int
    rows: int
    row_bytes: int
    columns: tuple[TableColumn, ...]

    def column(self, name: str) -> TableColumn | None:
        """The first column of a name, whatever its case."""
        sought = name.strip().upper()
        return next((each for each in self.columns if each.name.upper() == sought), None)


def tables_of(stream: IO[bytes]) -> list[Table]:
    """Read the headers of a file's binary tables.

    Raises
    ------
    MapError
        A column has no format that there is, or columns are wider than a row.
    """
    found = []
    for number, (raw, start) in enumerate(headers_of(stream)):
        if raw.startswith(b"XTENSION= 'BINTABLE'"):
            header = fits.Header.fromstring(raw.decode("ascii", "replace"))
            found.append(_table(number, header, start))
    return found


def _table(number: int, header: fits.Header, start: int) -> Table:
    columns, offset = [], 0
    for index in range(1, int(header.get("TFIELDS", 0)) + 1):
        column, size = _column(header, number, index, offset)
        columns.append(column)
        offset += size
    rows, row_bytes = int(header["NAXIS2"]), int(header["NAXIS1"])
    if offset > row_bytes:
        raise MapError(f"HDU {number} has columns of {offset} bytes in rows of {row_bytes}")
    return Table(number, header, start, rows, row_bytes, tuple(columns))


def _column(header: fits.Header, hdu: int, index: int, offset: int) -> tuple[TableColumn, int]:
    """A column, and the bytes that it takes in a row."""
    form = str(header.get(f"TFORM{index}", "")).strip()
    match = _FORM.match(form)
    if match is None:
        raise MapError(f"HDU {hdu} has a column of the format TFORM{index} {form!r}")
    repeat, kind = int(match[1] or 1), match[2]
    scale, zero, null = (header.get(f"{key}{index}") for key in ("TSCAL", "TZERO", "TNULL"))
    size = -(-repeat // 8) if kind == "X" else repeat * _BYTES[kind]
    column = TableColumn(
        number=index,
        name=str(header.get(f"TTYPE{index}", "")).strip(),
        unit=str(header.get(f"TUNIT{index}", "")).strip(),
        offset=offset,
        dtype=_NUMBERS.get(kind),
        repeat=repeat,
        scale=1.0 if scale is None else float(scale),
        zero=0.0 if zero is None else float(zero),
        null=None if null is None else int(null),
    )
    return column, size
