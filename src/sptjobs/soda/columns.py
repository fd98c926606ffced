"""Columns of a table of targets."""

from collections.abc import Sequence
from difflib import get_close_matches

from sptjobs.uws.errors import InvalidRequestError, ParameterError

COLUMNS = ("RA", "DEC", "XSIZE", "YSIZE", "OBJID", "TMIN", "TMAX")
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


def check_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Check the names of columns and tell which are not used.

    Raises
    ------
    InvalidRequestError
        RA or DEC is missing, a column is there twice, or a column's name looks
        as if the user meant something that would be lost.
    """
    names = [name.strip().upper() for name in header]
    problems = [
        ParameterError(f"the table has no such column, only {_listed(header)}", field=required)
        for required in ("RA", "DEC")
        if required not in names
    ]
    problems += [
        ParameterError("the column is there more than once", field=name)
        for name in COLUMNS
        if names.count(name) > 1
    ]
    ignored = [
        shown.strip() for shown, name in zip(header, names, strict=True) if name not in COLUMNS
    ]
    problems += [problem for name in ignored if (problem := lookalike(name)) is not None]
    if problems:
        raise InvalidRequestError(tuple(problems))
    return tuple(ignored)


def lookalike(shown: str) -> ParameterError | None:
    """A problem when the user seems to mean something by a column that is not used."""
    name = shown.upper()
    if name in _MEANINGFUL:
        message = f"the table has a column that is not used here: {_MEANINGFUL[name]}"
        return ParameterError(message, field=name)
    close = get_close_matches(name[:64], COLUMNS[2:], n=1, cutoff=0.8)
    if close:
        message = f"the table has a column that is not used here; did you mean {close[0]}?"
        return ParameterError(message, field="POSITIONS", value=shown)
    return None


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name.strip()[:20]) for name in header[:8])
    return shown if len(header) <= 8 else f"{shown} and {len(header) - 8} more"
