"""Finding maps of a snapshot by their place, their times and what they are, page by page.

The database compares circles around footprints, intervals and names; whether a map itself
meets a place, who asks has to see. Maps that an earlier release catalogued have neither circle
nor times there, and are always given.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sptjobs.maps.record import MapRecord
from sptjobs.maps.sky_circle import around_footprint
from sptjobs.sky.circle import Circle
from sptjobs.store.database import Database
from sptjobs.store.schema import archive_map

PAGE = 500
"""Maps that are read at once."""

_NEAR = 1e-9
"""Cosine by which circles may miss each other: rounding."""

_PLACED_AT_ONCE = 100
_MOCS_AT_ONCE = 100

_map = archive_map.c

_PLACE = (
    sa.update(archive_map)
    .where(_map.map_key == sa.bindparam("key"))
    .values(
        sky_x=sa.bindparam("x"),
        sky_y=sa.bindparam("y"),
        sky_z=sa.bindparam("z"),
        sky_cos=sa.bindparam("cosine"),
        sky_sin=sa.bindparam("sine"),
        time_begin=sa.bindparam("begin"),
        time_end=sa.bindparam("end"),
    )
)


@dataclass(frozen=True, slots=True)
class MapConditions:
    """What maps have to be; None is no condition.

    Attributes
    ----------
    circles, times
        Of which a map meets one at least: on the sky, and first and last moment [MJD].
    is_coadd
        Whether it is a coadd.
    """

    circles: tuple[Circle, ...] | None = None
    times: tuple[tuple[float, float], ...] | None = None
    bands: frozenset[str] | None = None
    filetypes: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    map_ids: frozenset[str] | None = None
    is_coadd: bool | None = None

    def clauses(self) -> list[sa.ColumnElement[bool]]:
        """The conditions as SQL."""
        clauses: list[sa.ColumnElement[bool]] = []
        named = (
            (_map.band, self.bands),
            (_map.filetype, self.filetypes),
            (_map.tag, self.tags),
            (_map.map_id, self.map_ids),
        )
        for column, values in named:
            if values is not None:
                clauses.append(column.in_(sorted(values)))
        if self.is_coadd is not None:
            clauses.append(_map.tag.is_not(None) if self.is_coadd else _map.tag.is_(None))
        if self.circles is not None:
            clauses.append(sa.or_(_map.sky_x.is_(None), *map(_near, self.circles)))
        if self.times is not None:
            overlaps = (
                sa.and_(_map.time_begin <= _finite(high), _map.time_end >= _finite(low))
                for low, high in self.times
            )
            clauses.append(sa.or_(_map.sky_x.is_(None), *overlaps))
        return clauses


async def read_page(
    database: Database, snapshot: str, conditions: MapConditions, after: str, limit: int = PAGE
) -> list[MapRecord]:
    """Read the next maps of a snapshot for which conditions hold, in the order of their ids.

    Parameters
    ----------
    snapshot
        Its name.
    after
        Id of the map before them; empty for the first page.
    """
    query = (
        sa.select(_map.record)
        .where(*_of_snapshot(snapshot), *conditions.clauses(), _map.map_id > after)
        .order_by(_map.map_id)
        .limit(limit)
    )
    async with database.read() as connection:
        texts = (await connection.execute(query)).scalars().all()
    return [MapRecord.from_json(text) for text in texts]


async def pages(
    database: Database, snapshot: str, conditions: MapConditions, after: str = ""
) -> AsyncIterator[list[MapRecord]]:
    """Read all of them, page by page: no transaction lasts while somebody takes his time."""
    while found := await read_page(database, snapshot, conditions, after):
        yield found
        if len(found) < PAGE:
            return
        after = found[-1].map_id


async def mocs(
    database: Database, snapshot: str, conditions: MapConditions
) -> AsyncGenerator[list[str | None]]:
    """Read the MOCs of maps, some at a time; None of one that an earlier release catalogued."""
    after = ""
    while True:
        query = (
            sa.select(_map.map_id, _map.moc)
            .where(*_of_snapshot(snapshot), *conditions.clauses(), _map.map_id > after)
            .order_by(_map.map_id)
            .limit(_MOCS_AT_ONCE)
        )
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return
        yield [row.moc for row in rows]
        after = rows[-1].map_id


async def place_maps(database: Database) -> None:
    """Note circle and times of the newest snapshot's maps that have none yet.

    They are new, or an earlier release catalogued them. A few are written at a time, so that
    nobody waits for a large archive.
    """
    query = (
        sa.select(_map.map_key, _map.record)
        .where(_map.removed.is_(None), _map.sky_x.is_(None))
        .limit(_PLACED_AT_ONCE)
    )
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return
        placed = await asyncio.to_thread(_placed, [(row.map_key, row.record) for row in rows])
        async with database.write() as connection:
            await connection.execute(_PLACE, placed)


def _placed(rows: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    return [{"key": key} | _place_and_times(MapRecord.from_json(text)) for key, text in rows]


def _place_and_times(record: MapRecord) -> dict[str, Any]:
    circle = around_footprint(record.footprint)
    x, y, z = circle.centre
    radius = math.radians(circle.radius)
    begin, end = record.covered or (None, None)
    return {
        "x": x,
        "y": y,
        "z": z,
        "cosine": math.cos(radius),
        "sine": math.sin(radius),
        "begin": begin,
        "end": end,
    }


def _of_snapshot(name: str) -> Iterable[sa.ColumnElement[bool]]:
    number = int(name.partition("-")[0])
    return _map.added <= number, sa.or_(_map.removed.is_(None), _map.removed > number)


def _near(circle: Circle) -> sa.ColumnElement[bool]:
    """Whether a circle meets that around a map: cosines of the angle and of the reach compared."""
    x, y, z = circle.centre
    radius = math.radians(circle.radius)
    cosine, sine = math.cos(radius), math.sin(radius)
    angle = _map.sky_x * x + _map.sky_y * y + _map.sky_z * z
    # Radii that add up to half a turn or more reach everywhere: sin(r + R) <= 0.
    reach = _map.sky_cos * cosine - _map.sky_sin * sine
    everywhere = _map.sky_sin * cosine + _map.sky_cos * sine <= 0
    return sa.or_(angle >= reach - _NEAR, everywhere if circle.radius > 0 else sa.false())


def _finite(number: float) -> float:
    """A number that every database takes."""
    return max(-1e300, min(1e300, number))
