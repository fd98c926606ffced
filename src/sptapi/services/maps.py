"""The catalogue of maps as the API needs it, read once for each snapshot."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass

from sptjobs.maps.record import MapRecord
from sptjobs.store.database import Database
from sptjobs.store.maps import current_maps, current_snapshot


@dataclass(frozen=True, slots=True)
class Holdings:
    """The maps of a snapshot, in the order of their ids.

    Attributes
    ----------
    packed
        The maps as a pickle, for the processes that read requests.
    """

    snapshot: str
    maps: Sequence[MapRecord]
    packed: bytes


class Archive:
    """Keeps the newest snapshot that was asked for; thousands of maps take a while to read."""

    def __init__(self) -> None:
        self._held: Holdings | None = None

    async def holdings(self, database: Database) -> Holdings:
        """Give the newest snapshot's maps."""
        snapshot = await current_snapshot(database)
        held = self._held
        if held is None or held.snapshot != snapshot:
            # An ingest in between is seen at the next call, by its name.
            maps = tuple(await current_maps(database))
            held = self._held = Holdings(snapshot, maps, pickle.dumps(maps, -1))
        return held
