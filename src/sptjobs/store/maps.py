"""The catalogue of maps, and its snapshots.

Each ingest that changes anything makes a snapshot; a map belongs to the
snapshots from the one that added it to the one that removed it. So the maps of
any past snapshot can be named again, and a request be repeated on them.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.database import Database, now
from sptjobs.store.map_search import place_maps
from sptjobs.store.schema import archive_map, job, snapshot

_EMPTY = "0-empty"
"""Name of the snapshot before the first."""

_FEW = 1000
"""Pairs of target and map that are looked at while the event loop waits."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest changed, as counts of maps, and the snapshot it led to."""

    snapshot: str
    added: int
    replaced: int
    unchanged: int
    removed: int


async def ingest_maps(
    database: Database, records: Sequence[MapRecord], *, keep_missing: bool = False
) -> IngestSummary:
    """Bring the catalogue to ``records`` in one transaction.

    Parameters
    ----------
    records
        Everything that the archive holds now; at most one for each map id.
    keep_missing
        Whether catalogued maps that are not among ``records`` stay.
    """
    async with database.write() as connection:
        catalogued = await _read_whole(connection)
        old = {record.map_id: record for record in catalogued}
        new = {record.map_id: record for record in records}
        changed = {i for i in old.keys() & new.keys() if old[i].to_json() != new[i].to_json()}
        gone = set() if keep_missing else old.keys() - new.keys()
        added = new.keys() - old.keys()
        if changed or gone or added:
            number = await _next_snapshot(connection, _digest_after(old, new, gone))
            await _remove(connection, number, changed | gone)
            await _add(connection, number, [new[map_id] for map_id in sorted(changed | added)])
        kept = old.keys() & new.keys() - changed
        await _learn_measurements(connection, [new[i] for i in sorted(kept) if new[i] != old[i]])
        name = await read_snapshot(connection)
    await place_maps(database)
    same = len(old.keys() & new.keys()) - len(changed)
    return IngestSummary(name, len(added), len(changed), same, len(gone))


async def current_maps(database: Database) -> list[MapRecord]:
    """Every map of the newest snapshot, in the order of their ids."""
    async with database.read() as connection:
        return await _read(connection, _current())


async def known_maps(database: Database) -> tuple[MapRecord, ...]:
    """Every map of the newest snapshot with all that ingest found out about it."""
    async with database.read() as connection:
        return await _read_whole(connection)


async def current_snapshot(database: Database) -> str:
    """Name of the newest snapshot."""
    async with database.read() as connection:
        return await read_snapshot(connection)


async def read_snapshot(connection: AsyncConnection) -> str:
    """Name of the newest snapshot: its number and the start of its digest."""
    row = (await connection.execute(_NEWEST)).one_or_none()
    return _EMPTY if row is None else _name(row)


async def read_request_and_snapshot(
    connection: AsyncConnection, job_id: str
) -> tuple[str, str] | None:
    """Read the canonical JSON of a job's request, and the name of the newest snapshot.

    None when the job is gone.
    """
    row = (await connection.execute(_REQUEST_AND_NEWEST, {"of_job": job_id})).one_or_none()
    if row is None:
        return None
    return row.request, _EMPTY if row.number is None else _name(row)


def _name(row: Any) -> str:
    return f"{row.number}-{row.digest[:12]}"


async def read_candidates(
    connection: AsyncConnection,
    bands: Iterable[str],
    filetypes: Iterable[str],
    snapshot: str | None = None,
) -> list[MapRecord]:
    """Read a snapshot's maps of these bands and file types; the newest one's by default."""
    values: dict[str, Any] = {"bands": sorted(bands), "filetypes": sorted(filetypes)}
    if snapshot is None:
        return await _read(connection, _CANDIDATES, values)
    return await _read(connection, _CANDIDATES_THEN, values | {"number": _number(snapshot)})


async def read_named(
    connection: AsyncConnection, map_ids: Iterable[str], snapshot: str | None = None
) -> list[MapRecord]:
    """Read a snapshot's maps of these ids, a few hundred at most; the newest one's by default."""
    query = _of(snapshot).where(archive_map.c.map_id.in_(sorted(map_ids)))
    return await _read(connection, query)


async def added_since(
    connection: AsyncConnection, name: str, snapshot: str | None = None
) -> frozenset[str]:
    """Ids of a snapshot's maps that are new, or replaced, since another one, ``name``."""
    query = _of(snapshot).with_only_columns(archive_map.c.map_id)
    new = query.where(archive_map.c.added > _number(name))
    return frozenset((await connection.execute(new)).scalars())


async def selected_maps(
    connection: AsyncConnection,
    request: CutoutRequest,
    candidates: Sequence[MapRecord] | None = None,
    snapshot: str | None = None,
) -> tuple[MapRecord, ...]:
    """Choose the maps of a snapshot that qualify for a request.

    Of a request for what is new since a snapshot, the maps are chosen among all and
    those that were there already are left out, so that an older coadd is never used.

    Parameters
    ----------
    candidates
        The maps of its bands and file types, from whoever has them already.
    snapshot
        Its name; the newest by default, whichever that is at each statement.
    """
    if request.map_ids:
        candidates = await read_named(connection, request.map_ids, snapshot)
    elif candidates is None:
        candidates = await read_candidates(connection, request.bands, request.filetypes, snapshot)
    if len(request.targets) * len(candidates) <= _FEW:
        chosen = select_maps(candidates, request)
    else:
        # With 100,000 targets this takes a while, and others must not wait for it.
        chosen = await asyncio.to_thread(select_maps, candidates, request)
    if request.since is None:
        return chosen
    new = await added_since(connection, request.since, snapshot)
    return tuple(record for record in chosen if record.map_id in new)


def _number(snapshot: str) -> int:
    return int(snapshot.partition("-")[0])


def _of(snapshot: str | None) -> sa.Select[Any]:
    return _current() if snapshot is None else _then(_number(snapshot))


def _current() -> sa.Select[Any]:
    return _records(archive_map.c.removed.is_(None))


def _then(number: "int | sa.BindParameter[int]") -> sa.Select[Any]:
    """The maps of the snapshot of this number, however many came after it."""
    is_held = sa.or_(archive_map.c.removed.is_(None), archive_map.c.removed > number)
    return _records(archive_map.c.added <= number, is_held)


def _records(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(archive_map.c.record).where(*which).order_by(archive_map.c.map_id)


def any_of(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """Match the values of a list that is a statement's parameter."""
    return column.in_(sa.bindparam(name, expanding=True))


ALIKE = (any_of(archive_map.c.band, "bands"), any_of(archive_map.c.filetype, "filetypes"))
"""Matches maps of some bands and some file types."""

_NEWEST = sa.select(snapshot).order_by(snapshot.c.number.desc()).limit(1)
"""Made once, as all below, because making a statement takes longer than running it."""
_MADE = snapshot.alias()
_LAST = sa.select(sa.func.max(_MADE.c.number)).scalar_subquery()
_REQUEST_AND_NEWEST = (
    sa.select(job.c.request, snapshot.c.number, snapshot.c.digest)
    .outerjoin_from(job, snapshot, snapshot.c.number == _LAST)
    .where(job.c.job_id == sa.bindparam("of_job"))
)
_CANDIDATES = _current().where(*ALIKE)
_CANDIDATES_THEN = _then(sa.bindparam("number", type_=sa.Integer)).where(*ALIKE)


async def _read(
    connection: AsyncConnection, query: sa.Select[Any], values: dict[str, Any] | None = None
) -> list[MapRecord]:
    rows = await connection.execute(query, values)
    return [MapRecord.from_json(text) for text in rows.scalars()]


def _digest_after(old: dict[str, MapRecord], new: dict[str, MapRecord], gone: Iterable[str]) -> str:
    held = {**old, **new}
    for map_id in gone:
        del held[map_id]
    lines = (f"{map_id} {held[map_id].sha256}\n" for map_id in sorted(held))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


async def _next_snapshot(connection: AsyncConnection, digest: str) -> int:
    newest = await connection.scalar(sa.select(sa.func.max(snapshot.c.number)))
    number = int(newest or 0) + 1
    values = {"number": number, "created": await now(connection), "digest": digest}
    await connection.execute(sa.insert(snapshot).values(**values))
    return number


async def _remove(connection: AsyncConnection, number: int, map_ids: Iterable[str]) -> None:
    for map_id in sorted(map_ids):
        await connection.execute(
            sa.update(archive_map)
            .where(archive_map.c.map_id == map_id, archive_map.c.removed.is_(None))
            .values(removed=number)
        )


async def _read_whole(connection: AsyncConnection) -> tuple[MapRecord, ...]:
    """Read every map of the newest snapshot with what has a column of its own."""
    beside = (archive_map.c.block_sums, archive_map.c.noise, archive_map.c.moc)
    columns = (archive_map.c.record, *beside)
    rows = await connection.execute(_current().with_only_columns(*columns))
    return tuple(
        replace(
            MapRecord.from_json(row.record),
            block_sums=row.block_sums,
            noise=row.noise,
            moc=row.moc,
        )
        for row in rows
    )


async def _learn_measurements(connection: AsyncConnection, records: list[MapRecord]) -> None:
    """Keep what was measured of files that are the same: no new snapshot is made for it."""
    for record in records:
        await connection.execute(
            sa.update(archive_map)
            .where(archive_map.c.map_id == record.map_id, archive_map.c.removed.is_(None))
            .values(block_sums=record.block_sums, noise=record.noise, moc=record.moc)
        )


async def _add(connection: AsyncConnection, number: int, records: list[MapRecord]) -> None:
    if not records:
        return
    beside = ("block_sums", "noise", "moc")
    columns = ("map_id", "band", "filetype", "tag", "date_beg", "sha256", *beside)
    rows = [
        {name: getattr(record, name) for name in columns}
        | {"record": record.to_json(), "added": number}
        for record in records
    ]
    await connection.execute(sa.insert(archive_map), rows)
