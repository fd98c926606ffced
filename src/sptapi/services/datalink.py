"""The maps whose links are asked for."""

from collections.abc import Mapping, Sequence

from sptapi.services.map_search import MapSearch
from sptjobs.maps.record import MapRecord
from sptjobs.obscore.observation import MapObservation
from sptjobs.store.database import Database
from sptjobs.store.map_search import MapConditions, pages
from sptjobs.store.maps import current_snapshot

Found = Sequence[tuple[str, MapObservation | None]]


async def find_maps(database: Database, search: MapSearch, identifiers: Sequence[str]) -> Found:
    """Find maps by identifiers, in the order of these; None where there is no such map."""
    named = {text: search.ids.map_id(text) for text in identifiers}
    ids = frozenset(filter(None, named.values()))
    known = await _records(database, ids) if ids else {}
    return [
        (text, search.observation(known[map_id]) if map_id in known else None)
        for text, map_id in named.items()
    ]


async def _records(database: Database, map_ids: frozenset[str]) -> Mapping[str | None, MapRecord]:
    snapshot = await current_snapshot(database)
    found = pages(database, snapshot, MapConditions(map_ids=map_ids))
    return {record.map_id: record async for page in found for record in page}
