"""Columns of a table of targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sptjobs.request.angle_units import DEGREES_PER, parse_angle_unit
from sptjobs.request.label_columns import find_labels
from sptjobs.request.position_columns import PositionColumns, choose_position
from sptjobs.request.tables import SourceColumn
from sptjobs.uws.errors import InvalidRequestError, ParameterError

TARGET_COLUMNS = ("RA", "DEC", "XSIZE", "YSIZE", "OBJID", "TMIN", "TMAX", "STACK")
"""Columns that mean something."""

_MISSPELT = TARGET_COLUMNS[2:-1]
"""Names that are looked for in others. TRACK and STARK are columns of catalogues."""

_MEANINGFUL = {
    "SIZE": "use XSIZE and YSIZE [arcmin]",
    "RADIUS": "use XSIZE and YSIZE [arcmin]",
    "TIME": "use TMIN and TMAX [MJD]",
    "MJD": "use TMIN and TMAX [MJD]",
    "BANDS": "it is given once for the whole request",
    "FILETYPE": "it is given once for the whole request",
    "DATE_START": "it is given once for the whole request, or use TMIN [MJD]",
    "DATE_END": "it is given once for the whole request, or use TMAX [MJD]",
    "COADD": "it is given once for the whole request",
    "PROJECTION": "it is given once for the whole request",
    "PIXEL_SCALE": "it is given once for the whole request",
}


_DAYS = frozenset({"d", "day", "days", "mjd"})
_SIZES = ("XSIZE", "YSIZE")
_TIMES = ("TMIN", "TMAX")


MAX_COLUMNS = 1000
"""Columns of a table; each costs a look for names that resemble one of ours."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """Which columns of a table mean something.

    Attributes
    ----------
    position
        Where the positions stand.
    places
        Index of the column for each other of ``TARGET_COLUMNS`` that there is.
    size_units
        Unit of XSIZE and YSIZE where the table gives one.
    shown
        The name of each used column, as the user wrote it.
    ignored
        Names of the columns that were left alone.
    kind
        What the table was taken for.
    """

    position: PositionColumns
    places: dict[str, int]
    size_units: dict[str, str]
    shown: dict[str, str]
    ignored: tuple[str, ...]
    kind: str = "CSV"


def choose_columns(
    columns: Sequence[SourceColumn],
    rows: Iterable[list[str] | ParameterError],
    kind: str = "CSV",
) -> ColumnUse:
    """Find the columns that mean something, and check their units and frames.

    Positions may have one of the names that catalogues give them, or be marked as
    the main position by their UCD, where no column is called RA or DEC. Without
    OBJID another column may name the targets.

    Raises
    ------
    InvalidRequestError
        RA or DEC is missing or uncertain, a column is there twice or in a unit that
        is not known, or a column's name looks as if the user meant something that
        would be lost.
    """
    if len(columns) > MAX_COLUMNS:
        message = f"has {len(columns)} columns, up to {MAX_COLUMNS} are read"
        raise InvalidRequestError((ParameterError(message, field="POSITIONS"),))
    names = [column.name.strip().upper() for column in columns]
    position = choose_position(columns)
    problems = position if isinstance(position, list) else []
    places: dict[str, int] = {}
    size_units: dict[str, str] = {}
    for target_column in TARGET_COLUMNS[2:]:
        if target_column not in names:
            continue
        places[target_column] = place = names.index(target_column)
        if names.count(target_column) > 1:
            message = "the column is there more than once"
            problems.append(ParameterError(message, field=target_column))
        problems += _unit_problems(target_column, columns[place], size_units)
    if "OBJID" not in places and (labels := find_labels(columns, rows)) is not None:
        places["OBJID"] = labels
    used = set(places.values())
    if isinstance(position, PositionColumns):
        used |= set(position.places)
    ignored = [
        column.name.strip()
        for place, column in enumerate(columns)
        if place not in used and names[place] not in TARGET_COLUMNS
    ]
    problems += [problem for name in ignored if (problem := lookalike(name)) is not None]
    if problems or isinstance(position, list):
        raise InvalidRequestError(tuple(problems))
    shown = _shown(position, places, columns)
    return ColumnUse(position, places, size_units, shown, tuple(ignored), kind)


def _shown(
    position: PositionColumns, places: dict[str, int], columns: Sequence[SourceColumn]
) -> dict[str, str]:
    by_column = {"RA": position.longitude, "DEC": position.latitude}
    by_column |= {name: (place,) for name, place in places.items()}
    return {
        name: " ".join(columns[place].name.strip() for place in found if place >= 0)
        for name, found in by_column.items()
    }


def _unit_problems(
    target_column: str, column: SourceColumn, size_units: dict[str, str]
) -> list[ParameterError]:
    """What is wrong with a column's unit; that of a size is noted."""
    unit = (column.unit or "").strip().strip('"').lower()
    if not unit:
        return []
    if target_column in _SIZES:
        size_unit = parse_angle_unit(unit)
        if size_unit in DEGREES_PER:
            size_units[target_column] = size_unit
            return []
        message = f"must be in arcmin or another unit of angles, the table says {column.unit!r}"
    elif target_column in _TIMES and unit not in _DAYS:
        message = f"must be in days (MJD), the table says {column.unit!r}"
    else:
        return []
    return [ParameterError(message, field=target_column, value=column.name)]


def lookalike(shown: str) -> ParameterError | None:
    """A problem when the user seems to mean something by a column that is not used."""
    name = shown.upper()
    if name in _MEANINGFUL:
        message = f"the table has a column that is not used here: {_MEANINGFUL[name]}"
        return ParameterError(message, field=name)
    close = get_close_matches(name[:64], _MISSPELT, n=1, cutoff=0.8)
    if close:
        message = f"the table has a column that is not used here; did you mean {close[0]}?"
        return ParameterError(message, field="POSITIONS", value=shown)
    return None
