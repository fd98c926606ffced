"""Files that may hold several tables without saying which one has the targets."""

from collections.abc import Mapping

from sptjobs.request.delimited import read_csv
from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.uws.errors import InvalidRequestError, ParameterError


def table_with_positions(texts: Mapping[str, str], kind: str, file: str, what: str) -> SourceTable:
    """Read the one table that has positions; the first where none has, to say what it lacks.

    Parameters
    ----------
    texts
        The tables as CSV, by their names.
    kind
        What the file is taken for.
    file, what
        What to call the file and its tables in messages.

    Raises
    ------
    InvalidRequestError
        Several have positions, or none can be read as a table.
    """
    tables: dict[str, SourceTable] = {}
    reasons: list[InvalidRequestError] = []
    for name, text in texts.items():
        try:
            if text:
                tables[name] = read_csv(text)
        except InvalidRequestError as error:
            reasons.append(error)
    found = [name for name, table in tables.items() if _has_position(table)]
    if len(found) > 1:
        shown = ", ".join(map(repr, found[:8]))
        refuse_table(f"{file} has {len(found)} {what} with positions ({shown}); send one")
    if found or tables:
        table = tables[next(iter(found or tables))]
        return SourceTable(table.columns, table.rows, kind)
    if reasons:
        raise reasons[0]
    message = f"{file} has no {what} with columns RA and DEC"
    raise InvalidRequestError((ParameterError(message, field="POSITIONS"),))


def _has_position(table: SourceTable) -> bool:
    return isinstance(choose_position(table.columns), PositionColumns)
