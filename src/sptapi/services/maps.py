"""The catalogue of maps as the API needs it, read once for each snapshot."""

import asyncio
import pickle
from collections.abc import Sequence
from dataclasses import dataclass

from sptjobs.engine.engine import Engine
from sptjobs.forecast.map_selection import catalogue_problems, unknown_maps
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import publisher_ids
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.database import Database
from sptjobs.store.map_search import MapConditions, pages
from sptjobs.store.maps import current_snapshot
from sptjobs.uws.errors import InvalidRequestError, UnknownMapError

_ALL = MapConditions()


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

    def coadded_images(self) -> list[MapRecord]:
        """The coadds that have rows and columns of pixels."""
        return [record for record in self.maps if record.is_coadded_image]

    def coadded_image(self, map_id: str) -> MapRecord | None:
        """The one of these with an id, None where there is none."""
        named = (record for record in self.maps if record.map_id == map_id)
        return next((record for record in named if record.is_coadded_image), None)


class Archive:
    """Keeps the newest snapshot that was asked for; thousands of maps take a while to read."""

    def __init__(self) -> None:
        self._held: Holdings | None = None

    async def holdings(self, database: Database) -> Holdings:
        """Give the newest snapshot's maps."""
        snapshot = await current_snapshot(database)
        held = self._held
        if held is None or held.snapshot != snapshot:
            # By page, and packed in a thread: others have their turn meanwhile.
            found = [record async for page in pages(database, snapshot, _ALL) for record in page]
            packed = await asyncio.to_thread(pickle.dumps, found, -1)
            held = self._held = Holdings(snapshot, found, packed)
        return held


def check_named_maps(maps: Sequence[MapRecord], request: CutoutRequest) -> None:
    """Refuse a request for a map by an id that none has.

    Raises
    ------
    UnknownMapError
        Names the id.
    """
    for map_id in unknown_maps(maps, request) if request.map_ids else ():
        raise UnknownMapError(f"ID: there is no map {publisher_ids().of(map_id)[:200]}")


async def refuse_unknown(engine: Engine, archive: Archive, request: CutoutRequest) -> None:
    """Refuse a job for a map or a coadd that is not there, as any wrong value of a job.

    Raises
    ------
    InvalidRequestError
        Names each id and each tag that no map has, and the tags that there are.
    """
    if not (request.map_ids or request.coadds):
        return
    maps = (await archive.holdings(engine.database)).maps
    if problems := catalogue_problems(maps, request):
        raise InvalidRequestError(problems)
