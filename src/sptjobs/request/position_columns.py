"""Which columns of a table hold the position: one pair of them, in one frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from sptjobs.request.angle_units import (
    DEGREE,
    DEGREES_PER,
    HOUR,
    SEXAGESIMAL_HOURS,
    parse_angle_unit,
)
from sptjobs.request.column_titles import (
    BOTH,
    DEC_PARTS,
    LATITUDE,
    LONGITUDE,
    RA_PARTS,
    Title,
    parse_part,
    parse_title,
)
from sptjobs.request.sky_frames import ICRS, DeclaredFrame
from sptjobs.request.tables import SourceColumn
from sptjobs.uws.errors import ParameterError

_MAIN_UCDS = {
    LONGITUDE: ("pos.eq.ra;meta.main", "pos_eq_ra_main"),
    LATITUDE: ("pos.eq.dec;meta.main", "pos_eq_dec_main"),
}
_UCDS = {LONGITUDE: ("pos.eq.ra",), LATITUDE: ("pos.eq.dec",)}
_FRAMES = ("fk4", "galactic", "supergalactic", "ecliptic")
"""Frames whose columns are looked for where none are ICRS."""

_OF_NO_FRAME = frozenset({"lon", "lat", "long", "longitude", "latitude", "x", "y"})

Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Where the position stands.

    Attributes
    ----------
    longitude, latitude
        Index of the column; of hours, minutes and seconds; of sign, degrees, minutes
        and seconds, -1 for what is not there. Both are the same column where that
        holds both.
    longitude_unit, latitude_unit
        Of ``angle_units``; None where nothing tells.
    """

    longitude: Places
    latitude: Places
    frame: DeclaredFrame = ICRS
    longitude_unit: str | None = None
    latitude_unit: str | None = None

    @property
    def places(self) -> tuple[int, ...]:
        """Every column that it stands in."""
        return tuple(place for place in (*self.longitude, *self.latitude) if place >= 0)

    @property
    def is_whole(self) -> bool:
        """Whether one column holds both coordinates."""
        return self.longitude == self.latitude


def choose_position(columns: Sequence[SourceColumn]) -> PositionColumns | list[ParameterError]:
    """Find the columns of the position, or say what is wrong with them."""
    titles = [parse_title(column.name) for column in columns]
    parts = _parts(columns)
    inside_parts = {place for places in parts if places is not None for place in places}
    pair = [_equatorial(role, columns, titles, inside_parts) for role in (LONGITUDE, LATITUDE)]
    if not all(pair):
        pair = next(filter(all, (_in_frame(name, titles) for name in _FRAMES)), pair)
    if all(pair):
        if problems := [
            problem
            for role, found in zip((LONGITUDE, LATITUDE), pair, strict=True)
            if len(found) > 1
            for problem in [_several(role, found, columns)]
        ]:
            return problems
        return _checked(pair[0][0], pair[1][0], columns, titles)
    if parts[0] is not None and parts[1] is not None:
        return _with_frames(PositionColumns(parts[0], parts[1]), columns, titles)
    whole = [at for at, title in enumerate(titles) if title is not None and title.role == BOTH]
    if len(whole) == 1 and not any(pair):
        return _with_frames(PositionColumns((whole[0],), (whole[0],)), columns, titles)
    return [
        _missing(role, columns)
        for role, found in zip((LONGITUDE, LATITUDE), pair, strict=True)
        if not found
    ]


def names_position(names: Sequence[str]) -> bool:
    """Whether titles of columns name a position."""
    if len(names) > 1000:
        return False
    columns = [SourceColumn(name) for name in names]
    chosen = choose_position(columns)
    if isinstance(chosen, PositionColumns):
        return True
    # Several columns that could be one of the coordinates name it too.
    titles = [parse_title(name) for name in names]
    roles = {title.role for title in titles if title is not None}
    return {LONGITUDE, LATITUDE} <= roles


def are_usual(names: Sequence[str]) -> bool:
    """Whether titles say what lines without titles are read as: degrees, ICRS, RA first."""
    titles = [title for name in names if (title := parse_title(name)) is not None]
    plain = all(
        title.unit in {None, DEGREE} and (title.frame is None or title.frame.is_icrs)
        for title in titles
    )
    return plain and [title.role for title in titles] == [LONGITUDE, LATITUDE]


def _parts(columns: Sequence[SourceColumn]) -> tuple[Places | None, Places | None]:
    """Columns of hours, minutes, seconds, and of sign, degrees, minutes, seconds."""
    found: dict[str, int] = {}
    for place, column in enumerate(columns):
        part = parse_part(column.name)
        if part is not None:
            found.setdefault(part, place)
    ra, dec = (tuple(found.get(part, -1) for part in names) for names in (RA_PARTS, DEC_PARTS))
    return ra if min(ra[:2]) >= 0 else None, dec if min(dec[1:3]) >= 0 else None


def _equatorial(
    role: str,
    columns: Sequence[SourceColumn],
    titles: Sequence[Title | None],
    inside_parts: set[int],
) -> list[int]:
    """Columns that could be a coordinate in ICRS, by the surest sign that there is."""
    exact = [at for at, column in enumerate(columns) if column.name.strip().upper() == role]
    main = _with_ucd(_MAIN_UCDS[role], columns)
    named = [
        (title.rank, at)
        for at, title in enumerate(titles)
        if title is not None
        and title.role == role
        and (title.frame is None or title.frame.name not in _FRAMES)
        and at not in inside_parts
    ]
    least = min((rank for rank, _ in named), default=0)
    best = [at for rank, at in named if rank == least]
    decimal = [at for at in best if (title := titles[at]) and not title.is_sexagesimal]
    return exact or main or decimal or best or _with_ucd(_UCDS[role], columns)


def _with_ucd(ucds: tuple[str, ...], columns: Sequence[SourceColumn]) -> list[int]:
    return [
        at
        for at, column in enumerate(columns)
        if (column.ucd or "").lower().replace(" ", "") in ucds
    ]


def _in_frame(name: str, titles: Sequence[Title | None]) -> list[list[int]]:
    """Columns whose titles say that they are coordinates in a frame."""
    return [
        [
            at
            for at, title in enumerate(titles)
            if title is not None
            and title.role == role
            and title.frame is not None
            and title.frame.name == name
        ]
        for role in (LONGITUDE, LATITUDE)
    ]


def _checked(
    longitude: int, latitude: int, columns: Sequence[SourceColumn], titles: Sequence[Title | None]
) -> PositionColumns | list[ParameterError]:
    """Both columns with their units, or what is wrong with these."""
    problems: list[ParameterError] = []
    units: list[str | None] = []
    for role, place in ((LONGITUDE, longitude), (LATITUDE, latitude)):
        unit, problem = _unit(role, columns[place], titles[place])
        units.append(unit)
        problems += [problem] if problem is not None else []
    if problems:
        return problems
    position = PositionColumns((longitude,), (latitude,), ICRS, *units)
    return _with_frames(position, columns, titles)


def _unit(
    role: str, column: SourceColumn, title: Title | None
) -> tuple[str | None, ParameterError | None]:
    named = title.unit if title is not None else None
    text = (column.unit or "").strip()
    if not text.strip("-\"' "):
        declared = None
    elif (declared := parse_angle_unit(text)) is None:
        message = f"must be in degrees or another unit of angles, the table says {column.unit!r}"
        return None, ParameterError(message, field=role, value=column.name)
    unit = declared or named
    if role == LATITUDE and unit in {HOUR, SEXAGESIMAL_HOURS}:
        message = "a declination is not given in hours; give degrees"
        return None, ParameterError(message, field=role, value=column.name)
    pair = {declared, named} & DEGREES_PER.keys()
    if len(pair) > 1:
        message = f"is in {named} by its name, but the table says {column.unit!r}; make them agree"
        return None, ParameterError(message, field=role, value=column.name)
    return unit, None


def _with_frames(
    position: PositionColumns, columns: Sequence[SourceColumn], titles: Sequence[Title | None]
) -> PositionColumns | list[ParameterError]:
    """The position with the frame of its columns, where that is one and known."""
    named = [title.frame for place in position.places if (title := titles[place]) is not None]
    declared = [columns[place].frame for place in position.places]
    found = {frame for frame in (*named, *declared) if frame is not None}
    frames = {ICRS if frame.is_icrs else frame for frame in found} or {ICRS}
    value = columns[position.places[0]].name
    if len(frames) > 1:
        listed = " and ".join(sorted(map(str, frames)))
        message = f"the position is in two frames, {listed}; leave the right one"
        return [ParameterError(message, field="RA", value=value)]
    (frame,) = frames
    equatorial = all(each is None or each.is_equatorial for each in named)
    if not frame.is_known or (frame.is_equatorial is not equatorial and not position.is_whole):
        message = (
            "must be ICRS, FK5 or FK4, or have galactic, supergalactic or ecliptic columns; "
            f"the table says {str(frame)!r}"
        )
        return [ParameterError(message, field="RA", value=value)]
    return PositionColumns(
        position.longitude,
        position.latitude,
        frame,
        position.longitude_unit,
        position.latitude_unit,
    )


def _missing(role: str, columns: Sequence[SourceColumn]) -> ParameterError:
    listed = listed_names([column.name for column in columns])
    message = f"the table has no such column, only {listed}"
    if any(column.name.strip().lower() in _OF_NO_FRAME for column in columns):
        message += "; call them RA and DEC, or GLON and GLAT where they are galactic"
    return ParameterError(message, field=role)


def _several(role: str, found: list[int], columns: Sequence[SourceColumn]) -> ParameterError:
    """Why no column can be taken for the coordinate."""
    if all(columns[place].name.strip().upper() == role for place in found):
        return ParameterError("the column is there more than once", field=role)
    listed = listed_names([columns[place].name for place in found])
    return ParameterError(f"could be any of {listed}; call one of them {role}", field=role)


def listed_names(names: Sequence[str]) -> str:
    """Write the first names of some."""
    shown = ", ".join(repr(name.strip()[:20]) for name in names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
