"""The packs of a map's tiles: all coarser levels at once, or a row of its own pixels."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.map_content import Plane
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.building.strips import Halving, PixelSums, read_strip, tiles_of
from sptjobs.pyramids.levels import Levels
from sptjobs.pyramids.tile_packs import TilePackWriter

_SAMPLED = 1 << 12
"""Pixels of each strip that statistics are taken of."""
_ROBUST = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution."""


def build(archive: Path, record: MapRecord, plane: Plane, row: int | None, pack: Path) -> None:
    """Make a pack of tiles of a map.

    Parameters
    ----------
    row
        The row of tiles of the map's own pixels; None for all coarser levels, with statistics.
    pack
        Where to put it.

    Raises
    ------
    MapError
        The map cannot be read.
    """
    with open_map(archive, record, ()) as opened:
        if row is None:
            _build_coarse(opened, plane, pack)
        else:
            _build_row(opened, plane, row, pack)


def _build_row(opened: OpenMap, plane: Plane, row: int, pack: Path) -> None:
    across, _ = (levels := Levels.of(opened.record.shape)).tiles(levels.count - 1)
    with TilePackWriter(pack, across) as writer:
        for x, content in tiles_of(read_strip(opened, plane, row)):
            writer.add(x, content)


def _build_coarse(opened: OpenMap, plane: Plane, pack: Path) -> None:
    levels = Levels.of(opened.record.shape)
    finest = levels.count - 1
    samples = [_Sample() for _ in range(levels.count)]
    with TilePackWriter(pack, levels.coarse_tiles) as writer:

        def emit(level: int, row: int, strip: PixelSums) -> None:
            samples[level].add(strip)
            for x, content in tiles_of(strip):
                writer.add(levels.number(level, x, row), content)

        halving = Halving(finest - 1, emit) if finest else None
        for row in range(levels.tiles(finest)[1]):
            strip = read_strip(opened, plane, row)
            samples[finest].add(strip)
            if halving is not None:
                observed = ~np.isnan(strip)
                halving.add(
                    np.where(observed, strip, 0).astype(np.float64), observed.astype(np.int32)
                )
        if halving is not None:
            halving.end()
        writer.about = {"levels": [sample.statistics() for sample in samples]}


class _Sample:
    """Some of the observed pixels of a level."""

    def __init__(self) -> None:
        self._taken: list[NDArray[np.float64]] = []

    def add(self, strip: NDArray[Any]) -> None:
        observed = strip[~np.isnan(strip)]
        step = -(-len(observed) // _SAMPLED) or 1
        self._taken.append(observed[::step].astype(np.float64))

    def statistics(self) -> dict[str, Any]:
        """Median, and the standard deviation that their scatter about it suggests."""
        values = np.concatenate(self._taken)
        if not values.size:
            return {"median": None, "rms": None}
        median = float(np.median(values))
        return {"median": median, "rms": _ROBUST * float(np.median(np.abs(values - median)))}
