"""Maps that requests choose from, read once for each snapshot."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import read_candidates

MOST_MAPS: Final = 2000
"""Maps that are kept, some kilobytes each."""

_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class KeptMaps:
    """A process's memory of maps by snapshot, bands and file types; a snapshot never changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Sequence[MapRecord]] = OrderedDict()

    async def candidates(
        self,
        connection: AsyncConnection,
        snapshot: str,
        bands: Iterable[str],
        filetypes: Iterable[str],
    ) -> Sequence[MapRecord]:
        """Give the maps of a snapshot, as ``read_candidates`` does."""
        key = (snapshot, tuple(sorted(bands)), tuple(sorted(filetypes)))
        found = self._kept.pop(key, None)
        if found is None:
            found = await read_candidates(connection, key[1], key[2], snapshot)
        self._kept[key] = found
        while sum(map(len, self._kept.values())) > MOST_MAPS:
            self._kept.popitem(last=False)
        return found
