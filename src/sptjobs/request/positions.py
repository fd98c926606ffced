"""The table of targets that a user sends: CSV, VOTable or ECSV.

The columns are ``RA,DEC`` and optionally ``XSIZE``, ``YSIZE``, ``OBJID``, ``TMIN``,
``TMAX``, in any order and case; for RA and DEC some other names of catalogues will
do. What kind of table it is, its content says.

Catalogues have many more columns than these. A column of another name is left
alone and listed in ``ColumnUse.ignored``, except where its name says that the user
means something by it here (``SIZE``, ``MJD``, a misspelt ``XSZIE``): that is refused,
because dropping it would change the request silently.
"""

from sptjobs.request.columns import ColumnUse, choose_columns
from sptjobs.request.csv_lines import csv_line
from sptjobs.request.cutout_request import Target
from sptjobs.request.delimited import read_csv, read_ecsv
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.request.targets import TargetBuilder
from sptjobs.request.votable import read_votable
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError

_OTHER_KINDS = {
    b"SIMPLE  =": "a FITS file",
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file or a spreadsheet",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
}


def parse_positions(
    content: bytes, *, default_size: tuple[float, float], max_targets: int
) -> tuple[Target, ...]:
    """Read the targets of a table.

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
    builder = TargetBuilder(default_size, max_targets)
    add_rows(builder, content)
    return builder.targets()


def add_rows(builder: TargetBuilder, content: bytes) -> ColumnUse:
    """Give the rows of a table to a builder, and tell which of its columns were used."""
    table = _table(content, builder.max_targets)
    use = choose_columns(table.columns)
    for row in table.rows:
        if isinstance(row, ParameterError):
            builder.refuse_row(row)
        else:
            builder.add({name: row[place] for name, place in use.places.items()})
    return use


def table_as_csv(content: bytes, *, max_targets: int) -> str:
    """Write a table of targets of any kind as CSV, cells as they are in the table.

    Columns that mean something get the names that they have here; the others keep
    theirs. For clients that cannot read every kind themselves.

    Raises
    ------
    InvalidRequestError
        The table as a whole, or a row of it, cannot be read.
    TooLargeError
        The table has more rows than ``max_targets``.
    """
    table = _table(content, max_targets)
    meant = {place: name for name, place in choose_columns(table.columns).places.items()}
    lines = [csv_line(meant.get(at, column.name) for at, column in enumerate(table.columns))]
    for count, row in enumerate(table.rows, 1):
        if isinstance(row, ParameterError):
            raise InvalidRequestError((row,))
        if count > max_targets:
            raise TooLargeError(f"POSITIONS: more than {max_targets} targets")
        lines.append(csv_line(row))
    return "".join(lines)


def _table(content: bytes, max_targets: int) -> SourceTable:
    """Tell the kind of a table by its first bytes, and read it."""
    text = _decode(content)
    start = text[:200].lstrip()
    if start.startswith("<") and not start.startswith("<SkyCoord"):
        return read_votable(text.lstrip(), max_targets)
    if start.startswith("# %ECSV"):
        return read_ecsv(text.lstrip())
    return read_csv(text)


def _decode(content: bytes) -> str:
    for magic, kind in _OTHER_KINDS.items():
        if content.startswith(magic):
            refuse_table(f"the table is {kind}; send CSV, VOTable or ECSV")
    if b"\0" in content:
        refuse_table("the table is not text: it holds NUL bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the table is not UTF-8 text: byte {error.start + 1} cannot be read"
        refuse_table(message, repr(content[error.start : error.start + 4])[2:-1])
