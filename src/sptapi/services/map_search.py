"""Searching the catalogue: what the database finds near is looked at one by one.

A response without end holds nobody up: maps are read and written page by page, in a thread, and
one page at a time for all requests of the process. What places cost is up to who asks: many
and those of many sides are compared with footprints in reading processes, within the user's share.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any, TypeVar

from sptjobs.maps.moc import united
from sptjobs.maps.publisher_ids import PublisherIds
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared
from sptjobs.obscore.listing import MapListQuery
from sptjobs.obscore.observation import MapObservation
from sptjobs.obscore.query import ObservationQuery
from sptjobs.obscore.search_region import SearchRegion, meeting, meeting_cost
from sptjobs.store.database import Database
from sptjobs.store.map_search import MapConditions, mocs, pages
from sptjobs.store.maps import current_snapshot
from sptjobs.uws.errors import UnavailableError

_Result = TypeVar("_Result")
_ReadApart = Callable[..., Awaitable[Any]]

_AT_ONCE_COST = 20_000
"""Pairs of sides that are compared in a thread: a small circle with a page of maps."""

_MAX_IN_SQL = 16
"""Places or times that the database looks for: to write one down takes a millisecond."""

_COVERAGES = 64
"""Coverages that are remembered, each of some kilobytes."""


@dataclass(frozen=True)
class MapSearch:
    """Searches of one process.

    Attributes
    ----------
    ids
        Makes and reads the maps' identifiers.
    links_of
        Gives the address of the links of a map by its identifier.
    """

    ids: PublisherIds
    links_of: Callable[[str], str]
    _turn: asyncio.Semaphore
    _coverages: dict[tuple[str, MapConditions], str] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: PublisherIds, links_of: Callable[[str], str]) -> "MapSearch":
        """Make it; one page at a time is looked at."""
        return cls(ids, links_of, asyncio.Semaphore(1))

    def observation(self, record: MapRecord) -> MapObservation:
        """A map as an observation."""
        did = self.ids.of(record.map_id)
        return MapObservation(record, did, self.links_of(did), declared())

    async def snapshot(self, database: Database) -> str:
        """Name of the newest snapshot, on which all pages of a search are read."""
        return await current_snapshot(database)

    async def find(
        self,
        database: Database,
        snapshot: str,
        query: ObservationQuery,
        write: Callable[[Sequence[MapObservation]], _Result],
        limit: int,
        *,
        read_apart: _ReadApart,
        conditions: MapConditions | None = None,
        after: str = "",
    ) -> AsyncGenerator[tuple[_Result, bool]]:
        """Find the maps of a snapshot that a query selects, in the order of their ids.

        Parameters
        ----------
        write
            What becomes of some of them; called in a thread.
        limit
            Most maps to be given.
        read_apart
            Compares places with footprints where that is dear.
        conditions
            What the database looks for, where it is more than the query has.
        after
            Id of the map before them.

        Yields
        ------
        result, bool
            What ``write`` made, and whether there are more than ``limit``.
        """
        left = limit
        conditions = conditions_of(query) if conditions is None else conditions
        async for page in pages(database, snapshot, conditions, after):
            async with self._turn:
                found = await asyncio.to_thread(self._selected, query, page)
            if query.places and found:
                found = await self._there(query.places, found, read_apart)
            some = found[:left]
            async with self._turn:
                written = await asyncio.to_thread(write, some)
            left -= len(some)
            yield written, len(found) > len(some)
            if len(found) > len(some):
                return

    async def coverage(
        self,
        database: Database,
        snapshot: str,
        conditions: MapConditions,
        read_apart: _ReadApart,
    ) -> str:
        """Unite the MOCs of maps, in ASCII; what was asked for lately is remembered.

        Raises
        ------
        UnavailableError
            A map has none, since an earlier release catalogued it.
        """
        if (snapshot, conditions) not in self._coverages:
            whole, missing = "0/", 0
            async with aclosing(mocs(database, snapshot, conditions)) as pages_of_mocs:
                async for page in pages_of_mocs:
                    some = sorted({each for each in page if each is not None})
                    missing += page.count(None)
                    whole = await read_apart(united, [whole, *some])
            if missing:
                raise UnavailableError(
                    f"{missing} of the maps were catalogued by a release that kept no coverage:"
                    " an operator has to run 'sptjobs archive ingest'"
                )
            if len(self._coverages) >= _COVERAGES:
                self._coverages.clear()
            self._coverages[snapshot, conditions] = whole
        return self._coverages[snapshot, conditions]

    async def _there(
        self,
        places: Sequence[SearchRegion],
        found: Sequence[MapObservation],
        read_apart: _ReadApart,
    ) -> list[MapObservation]:
        footprints = [each.record.footprint for each in found]
        if meeting_cost(places, footprints) > _AT_ONCE_COST:
            met = await read_apart(meeting, places, footprints)
        else:
            async with self._turn:
                met = await asyncio.to_thread(meeting, places, footprints)
        return list(compress(found, met))

    def _selected(self, query: ObservationQuery, page: Sequence[MapRecord]) -> list[MapObservation]:
        return [each for each in map(self.observation, page) if query.selects(each)]


def listed(
    search: MapSearch,
    database: Database,
    snapshot: str,
    query: MapListQuery,
    write: Callable[[Sequence[MapObservation]], _Result],
    *,
    read_apart: _ReadApart,
) -> AsyncGenerator[tuple[_Result, bool]]:
    """List maps as ``find`` does."""
    limit = sys.maxsize if query.limit is None else query.limit
    return search.find(
        database,
        snapshot,
        query.conditions,
        write,
        limit,
        read_apart=read_apart,
        conditions=conditions_of_list(query),
        after=query.after,
    )


def conditions_of_list(query: MapListQuery) -> MapConditions:
    """What of a list of maps the database can look for."""
    conditions = conditions_of(query.conditions)
    bands = [each for each in (conditions.bands, query.bands) if each is not None]
    return replace(
        conditions,
        bands=frozenset.intersection(*bands) if bands else None,
        filetypes=query.filetypes,
        tags=query.tags,
    )


def conditions_of(query: ObservationQuery) -> MapConditions:
    """What of a query the database can look for."""
    levels = query.calib_levels
    coadd = {frozenset({2}): False, frozenset({3}): True}.get(levels)
    few = len(query.places) <= _MAX_IN_SQL
    return MapConditions(
        circles=(query.circles or None) if few else None,
        times=(query.times or None) if len(query.times) <= _MAX_IN_SQL else None,
        bands=_bands(query),
        filetypes=query.filetypes or None,
        map_ids=query.map_ids,
        is_coadd=coadd,
    )


def _bands(query: ObservationQuery) -> frozenset[str] | None:
    """Names of the bands that overlap the wavelengths asked for; of others there is no map."""
    if not query.bands:
        return None
    kinds = declared()
    return frozenset(
        band.name
        for band in kinds.bands
        if band.wavelengths is not None
        and any(
            band.wavelengths[0] <= high and band.wavelengths[1] >= low for low, high in query.bands
        )
    )
