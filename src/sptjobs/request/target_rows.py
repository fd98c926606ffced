"""Rows of a table as cells that mean something: positions in ICRS, sizes in arcmin."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sptjobs.request.ambiguity import DEGREES, HOURS, MAX_POSITIONS, Ambiguity, Reading
from sptjobs.request.columns import ColumnUse
from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.numbers import parse_number
from sptjobs.request.position_cells import (
    decimal_point,
    is_sexagesimal,
    position_texts,
    size_text,
)
from sptjobs.request.reading_apart import astronomy
from sptjobs.request.sky_frames import DeclaredFrame
from sptjobs.uws.errors import ParameterError

Cells = dict[str, str]
"""Texts by the names of ``TARGET_COLUMNS``."""

_TRANSFORMED_AT_ONCE = 10_000

_HOURS_OR_DEGREES = (
    "could be hours or degrees: decimal numbers up to 24 beside sexagesimal declinations; "
    "call the column RA_HOURS or RA_DEG"
)


def target_rows(
    rows: Iterable[list[str] | ParameterError], use: ColumnUse
) -> Iterator[Cells | ParameterError]:
    """Give the cells of each row, or why it has none."""
    read = _read(rows, use)
    if use.position.frame.is_icrs:
        yield from read
        return
    while some := list(islice(read, _TRANSFORMED_AT_ONCE)):
        yield from _in_icrs(some, use.position.frame)


def _read(
    rows: Iterable[list[str] | ParameterError], use: ColumnUse
) -> Iterator[Cells | ParameterError]:
    for row in rows:
        yield row if isinstance(row, ParameterError) else _cells(row, use)


def unclear_hours(rows: Iterable[list[str] | ParameterError], use: ColumnUse) -> Ambiguity | None:
    """Tell whether right ascensions may be decimal hours, though nothing says so.

    Papers give right ascensions in hours beside declinations in degrees; a catalogue
    has both in degrees.
    """
    position = use.position
    if position.longitude_unit is not None or not position.frame.is_icrs:
        return None
    decimals: dict[int, tuple[float, float]] = {}
    for number, row in enumerate(_read(rows, use), start=1):
        if isinstance(row, ParameterError) or is_sexagesimal(row["RA"]):
            continue
        try:
            hours, dec = parse_number(row["RA"], field="RA"), parse_dec(row["DEC"])
        except ParameterError:
            continue
        if not 0 <= hours <= 24 or not is_sexagesimal(row["DEC"]):
            return None
        decimals[number] = (hours, dec)
    if not decimals:
        return None
    shown = list(decimals.items())[:MAX_POSITIONS]
    readings = (
        Reading(
            HOURS, "call the column RA_HOURS", {n: (ra * 15 % 360, dec) for n, (ra, dec) in shown}
        ),
        Reading(DEGREES, "call the column RA_DEG", dict(shown)),
    )
    return Ambiguity("RA", _HOURS_OR_DEGREES, tuple(decimals), readings)


def _cells(row: list[str], use: ColumnUse) -> Cells | ParameterError:
    cells = {name: row[place] for name, place in use.places.items()}
    try:
        cells["RA"], cells["DEC"] = position_texts(row, use.position)
        for name in ("XSIZE", "YSIZE"):
            if name in cells:
                cells[name] = size_text(cells[name], use.size_units.get(name))
        for name in ("TMIN", "TMAX"):
            if name in cells:
                cells[name] = decimal_point(cells[name])
    except ParameterError as problem:
        return problem
    return cells


def _in_icrs(
    rows: list[Cells | ParameterError], frame: DeclaredFrame
) -> list[Cells | ParameterError]:
    """The rows with their positions transformed, in one call."""
    found = [row if isinstance(row, ParameterError) else _angles(row, frame) for row in rows]
    angles = [each for each in found if not isinstance(each, ParameterError)]
    ras, decs = astronomy().to_icrs(frame, [lon for lon, _ in angles], [lat for _, lat in angles])
    positions = iter(zip(ras, decs, strict=True))
    transformed: list[Cells | ParameterError] = []
    for row, each in zip(rows, found, strict=True):
        if isinstance(each, ParameterError) or isinstance(row, ParameterError):
            transformed.append(each if isinstance(each, ParameterError) else row)
            continue
        ra, dec = next(positions)
        transformed.append(row | {"RA": repr(ra), "DEC": repr(dec)})
    return transformed


def _angles(row: Cells, frame: DeclaredFrame) -> tuple[float, float] | ParameterError:
    try:
        if frame.is_equatorial:
            return parse_ra(row["RA"]), parse_dec(row["DEC"])
        longitude = parse_number(row["RA"], field="longitude")
        latitude = parse_dec(row["DEC"], field="latitude")
    except ParameterError as problem:
        return problem
    if not -180 <= longitude <= 360:
        message = "must be from 0 to 360 degrees"
        return ParameterError(message, field="longitude", value=row["RA"])
    return longitude % 360, latitude


def is_plain(use: ColumnUse) -> bool:
    """Whether the position stands in two columns as it is meant here."""
    position = use.position
    return len(position.longitude) == 1 and not position.is_whole and position.frame.is_equatorial
