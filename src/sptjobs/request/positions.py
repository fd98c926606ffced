"""The table of targets that a user sends, whatever kind of table it is.

The columns are ``RA,DEC`` and optionally ``XSIZE``, ``YSIZE``, ``OBJID``, ``TMIN``,
``TMAX``, ``STACK``, in any order and case; positions may have the names and be in the units and
frames of catalogues, and without ``OBJID`` another column may name the targets. What
kind of table it is, its content says.

Catalogues have many more columns than these. A column of another name is left
alone and listed in ``ColumnUse.ignored``, except where its name says that the user
means something by it here (``SIZE``, ``MJD``, a misspelt ``XSZIE``): that is refused,
because dropping it would change the request silently.
"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from sptjobs.request.ambiguity import Ambiguity
from sptjobs.request.columns import TARGET_COLUMNS, ColumnUse, choose_columns
from sptjobs.request.csv_lines import csv_line
from sptjobs.request.packed_rows import PackedRows
from sptjobs.request.table_reading import read_source, table_text
from sptjobs.request.tables import SourceTable
from sptjobs.request.target_rows import Cells, is_plain, target_rows, unclear_hours
from sptjobs.request.target_table import TargetColumns
from sptjobs.request.targets import TargetBuilder
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError


def parse_positions(
    content: bytes, *, default_size: tuple[float, float], max_targets: int
) -> TargetColumns:
    """Read the targets of a table.

    Parameters
    ----------
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
    NeedsReadingProcessError
        The table needs astropy, which this process does not load.
    """
    builder = TargetBuilder(default_size, max_targets)
    add_rows(builder, content)
    return builder.targets()


def add_rows(builder: TargetBuilder, content: bytes) -> ColumnUse:
    """Give the rows of a table to a builder, and tell which of its columns were used."""
    table = read_source(content, builder.max_targets)
    source = PackedRows(islice(table.rows, builder.max_targets + 1))
    use = choose_columns(table.columns, source, table.kind)
    unclear = unclear_hours(source, use)
    if unclear is not None:
        builder.add_ambiguity(unclear)
        raise _unclear_error(unclear)
    for row in target_rows(source, use):
        if isinstance(row, ParameterError):
            builder.refuse_row(row)
        else:
            builder.add(row)
    return use


class DescribedCsv(NamedTuple):
    """A table as CSV, and what it was taken for before."""

    text: str
    kind: str
    frame: str


def table_as_csv(content: bytes, *, max_targets: int) -> str:
    """Write a table of targets of any kind as CSV, as ``described_csv`` does."""
    return described_csv(content, max_targets=max_targets).text


def described_csv(content: bytes, *, max_targets: int) -> DescribedCsv:
    """Write a table of targets of any kind as CSV, other cells as they are in the table.

    Columns that mean something get the names that they have here; the others keep
    theirs. Positions are ICRS; where they are not in the table as RA and DEC, these
    columns come first. For clients that cannot read every kind themselves.

    Raises
    ------
    InvalidRequestError
        The table as a whole, or a row of it, cannot be read.
    TooLargeError
        The table has more rows than ``max_targets``.
    """
    table, use, rows, read = _whole_table(content, max_targets)
    places = dict(use.places)
    if is_plain(use):
        places |= {"RA": use.position.longitude[0], "DEC": use.position.latitude[0]}
    added = [name for name in ("RA", "DEC") if name not in places]
    meant = {place: name for name, place in places.items()}
    names = [meant.get(at, column.name) for at, column in enumerate(table.columns)]
    lines = [csv_line([*added, *names])]
    for row, cells in zip(rows, read, strict=True):
        shown = [cells[meant[at]] if at in meant else cell for at, cell in enumerate(row)]
        lines.append(csv_line([*(cells[name] for name in added), *shown]))
    return DescribedCsv("".join(lines), use.kind, str(use.position.frame))


def table_as_text(content: bytes, *, max_targets: int) -> str:
    """Give a table as text that is read as the same targets.

    That is the table itself, unpacked and decoded; of one that is no text, the
    columns that mean something as CSV.
    """
    text = table_text(content)
    if text is not None:
        return text
    _, use, _, read = _whole_table(content, max_targets)
    names = [name for name in TARGET_COLUMNS if name in use.shown]
    return "".join(map(csv_line, [names, *([cells[name] for name in names] for cells in read)]))


def _whole_table(
    content: bytes, max_targets: int
) -> tuple[SourceTable, ColumnUse, Sequence[list[str]], Sequence[Cells]]:
    """Read every row of a table, its own cells and those that mean something."""
    table = read_source(content, max_targets)
    rows = list(islice(table.rows, max_targets + 1))
    use = choose_columns(table.columns, rows, table.kind)
    if len(rows) > max_targets:
        raise TooLargeError(f"POSITIONS: more than {max_targets} targets")
    unclear = unclear_hours(rows, use)
    if unclear is not None:
        raise _unclear_error(unclear)
    read = list(target_rows(rows, use))
    for number, cells in enumerate(read, start=1):
        if isinstance(cells, ParameterError):
            problem = ParameterError(cells.reason, field=cells.field, row=number, value=cells.value)
            raise InvalidRequestError((problem,))
    whole = [row for row in rows if not isinstance(row, ParameterError)]
    return table, use, whole, [cells for cells in read if not isinstance(cells, ParameterError)]


def _unclear_error(unclear: Ambiguity) -> InvalidRequestError:
    return InvalidRequestError((ParameterError(unclear.message, field=unclear.field),))
