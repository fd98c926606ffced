"""Columns of a table of targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sptjobs.request.tables import SourceColumn
from sptjobs.uws.errors import InvalidRequestError, ParameterError

TARGET_COLUMNS = ("RA", "DEC", "XSIZE", "YSIZE", "OBJID", "TMIN", "TMAX")
"""Columns that mean something."""

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


_OTHER_NAMES = {
    "RA": ("RAJ2000", "_RAJ2000", "RA_ICRS", "RA_DEG", "RADEG", "RA2000", "ALPHA_J2000"),
    "DEC": (
        "DEJ2000", "_DEJ2000", "DECJ2000", "DE_ICRS", "DEC_ICRS", "DEC_DEG", "DECDEG", "DEC2000",
        "DELTA_J2000",
    ),
}  # fmt: skip
"""Names that catalogues give to equatorial positions. FK5 at J2000 agrees with ICRS
to 0.02 arcsec, a thousandth of a pixel."""

_MAIN = {"RA": "pos.eq.ra;meta.main", "DEC": "pos.eq.dec;meta.main"}
_DEGREES = frozenset({"deg", "degree", "degrees", "h:m:s", "d:m:s", "hms", "dms"})
_UNITS = {
    "RA": (_DEGREES, "degrees"),
    "DEC": (_DEGREES, "degrees"),
    "XSIZE": (frozenset({"arcmin", "arcminute", "arcminutes"}), "arcmin"),
    "YSIZE": (frozenset({"arcmin", "arcminute", "arcminutes"}), "arcmin"),
    "TMIN": (frozenset({"d", "day", "days", "mjd"}), "days (MJD)"),
    "TMAX": (frozenset({"d", "day", "days", "mjd"}), "days (MJD)"),
}
_FRAMES = frozenset({"ICRS", "FK5", "EQ_FK5"})


_MAX_COLUMNS = 1000
"""Columns of a table; each costs a look for names that resemble one of ours."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """Which columns of a table mean something.

    Attributes
    ----------
    places
        Index of the column for each of ``TARGET_COLUMNS`` that there is.
    shown
        The name of that column, as the user wrote it.
    ignored
        Names of the columns that were left alone.
    """

    places: dict[str, int]
    shown: dict[str, str]
    ignored: tuple[str, ...]


def choose_columns(columns: Sequence[SourceColumn]) -> ColumnUse:
    """Find the columns that mean something, and check their units.

    Positions may have one of the names that catalogues give them, or be marked as
    the main position by their UCD, where no column is called RA or DEC.

    Raises
    ------
    InvalidRequestError
        RA or DEC is missing or uncertain, a column is there twice or in another
        unit, or a column's name looks as if the user meant something that would
        be lost.
    """
    if len(columns) > _MAX_COLUMNS:
        message = f"has {len(columns)} columns, up to {_MAX_COLUMNS} are read"
        raise InvalidRequestError((ParameterError(message, field="POSITIONS"),))
    names = [column.name.strip().upper() for column in columns]
    problems: list[ParameterError] = []
    places: dict[str, int] = {}
    for target_column in TARGET_COLUMNS:
        found = _places(target_column, names, columns)
        if len(found) == 1:
            places[target_column] = found[0]
            problems += _unit_problems(target_column, columns[found[0]])
        elif target_column in _MAIN or found:
            problems.append(_which(target_column, found, columns))
    used = set(places.values())
    ignored = [
        column.name.strip()
        for place, column in enumerate(columns)
        if place not in used and names[place] not in TARGET_COLUMNS
    ]
    problems += [problem for name in ignored if (problem := lookalike(name)) is not None]
    if problems:
        raise InvalidRequestError(tuple(problems))
    shown = {target_column: columns[place].name.strip() for target_column, place in places.items()}
    return ColumnUse(places, shown, tuple(ignored))


def could_name(target_column: str, names: Sequence[str]) -> bool:
    """Whether one of the names is that of RA or DEC, or another name for it."""
    spelt = {target_column, *_OTHER_NAMES[target_column]}
    return any(name.strip().upper() in spelt for name in names)


def _places(target_column: str, names: Sequence[str], columns: Sequence[SourceColumn]) -> list[int]:
    """Columns that could be the column, by the surest sign that there is."""
    exact = [place for place, name in enumerate(names) if name == target_column]
    if exact or target_column not in _MAIN:
        return exact
    main = [
        place
        for place, column in enumerate(columns)
        if (column.ucd or "").lower().replace(" ", "") == _MAIN[target_column]
    ]
    return main or [
        place for place, name in enumerate(names) if name in _OTHER_NAMES[target_column]
    ]


def _which(target_column: str, found: list[int], columns: Sequence[SourceColumn]) -> ParameterError:
    """Why no column can be taken for the column."""
    if not found:
        listed = _listed([column.name for column in columns])
        return ParameterError(f"the table has no such column, only {listed}", field=target_column)
    if all(columns[place].name.strip().upper() == target_column for place in found):
        return ParameterError("the column is there more than once", field=target_column)
    listed = _listed([columns[place].name for place in found])
    return ParameterError(
        f"could be any of {listed}; call one of them {target_column}", field=target_column
    )


def _unit_problems(target_column: str, column: SourceColumn) -> list[ParameterError]:
    problems = []
    unit = (column.unit or "").strip().strip('"').lower()
    if target_column in _UNITS and unit:
        known, spelt = _UNITS[target_column]
        if unit not in known:
            message = f"must be in {spelt}, the table says {column.unit!r}"
            problems.append(ParameterError(message, field=target_column, value=column.name))
    if target_column in _MAIN and column.frame and column.frame.upper() not in _FRAMES:
        message = f"must be ICRS, the table says {column.frame!r}"
        problems.append(ParameterError(message, field=target_column, value=column.name))
    return problems


def lookalike(shown: str) -> ParameterError | None:
    """A problem when the user seems to mean something by a column that is not used."""
    name = shown.upper()
    if name in _MEANINGFUL:
        message = f"the table has a column that is not used here: {_MEANINGFUL[name]}"
        return ParameterError(message, field=name)
    close = get_close_matches(name[:64], TARGET_COLUMNS[2:], n=1, cutoff=0.8)
    if close:
        message = f"the table has a column that is not used here; did you mean {close[0]}?"
        return ParameterError(message, field="POSITIONS", value=shown)
    return None


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name.strip()[:20]) for name in header[:8])
    return shown if len(header) <= 8 else f"{shown} and {len(header) - 8} more"
