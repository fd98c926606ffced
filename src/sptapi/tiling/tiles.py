"""Tiles of maps and what is known about them, from the cache or made now."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sptapi.tiling.builders import Build, Builders
from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.levels import Levels
from sptjobs.pyramids.tile_cache import TilesKey
from sptjobs.pyramids.tile_packs import read_about, read_tile
from sptjobs.settings import Settings
from sptjobs.uws.errors import UnavailableError

_T = TypeVar("_T")

_TRIES = 3
"""A pack that was just made can be gone again where the cache is far too small."""


class Tiles:
    """Gives tiles.

    Parameters
    ----------
    folder
        Of the packs.
    builders
        What makes those that are missing.
    """

    def __init__(self, folder: Path, builders: Builders) -> None:
        self._folder, self._builders = folder, builders

    async def tile(
        self, account_id: str, record: MapRecord, plane: str, place: tuple[int, int, int]
    ) -> bytes:
        """Give a tile, packed by gzip; nothing where nothing of it is observed.

        Parameters
        ----------
        account_id
            The user that it is for.
        place
            Level, column and row; there is such a tile.

        Raises
        ------
        RateError, UnavailableError
            As ``Builders.build``.
        """
        level, x, y = place
        levels = Levels.of(record.shape)
        is_finest = level == levels.count - 1
        row, number = (y, x) if is_finest else (None, levels.number(level, x, y))
        build = self._build(record, plane, row)
        return await self._read(account_id, build, lambda: read_tile(build.pack, number))

    async def about(self, account_id: str, record: MapRecord, plane: str) -> dict[str, Any]:
        """Give the statistics of a map's levels; ``tile`` says what may go wrong."""
        build = self._build(record, plane, None)
        return await self._read(account_id, build, lambda: read_about(build.pack))

    def _build(self, record: MapRecord, plane: str, row: int | None) -> Build:
        pack = self._folder / TilesKey.of(record, plane).pack_name(row)
        return Build(record, plane, row, pack)

    async def _read(self, account_id: str, build: Build, read: Callable[[], _T]) -> _T:
        for _ in range(_TRIES):
            try:
                return await asyncio.to_thread(read)
            except FileNotFoundError:
                await self._builders.build(account_id, build)
        raise UnavailableError("the tiles are removed as fast as they are made; try again later")


@asynccontextmanager
async def open_tiles(settings: Settings) -> AsyncIterator[Tiles]:
    """Open the cache of tiles; without a folder of its own it lasts as long as this process."""
    with ExitStack() as stack:
        folder = settings.sky_cache
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spt-sky-")))
        folder.mkdir(parents=True, exist_ok=True)
        builders = Builders(settings.archive, settings.sky_cache_bytes)
        async with aclosing(builders):
            yield Tiles(folder, builders)
