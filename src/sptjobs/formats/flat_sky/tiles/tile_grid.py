"""An image in tiles that are narrower than it, or of many rows: each tile is decoded once."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.flat_sky.tiles.tile_reader import read_pieces
from sptjobs.formats.flat_sky.tiles.tile_table import PackedTile, TileTable
from sptjobs.formats.flat_sky.tiles.values import inflated, joined, values_of
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile

KEPT_BYTES = 64 << 20
"""Memory for the decoded tiles of one image."""
_BLOCK_BYTES = 16 << 20
"""Most memory that one decoding call is made to take, unless a single tile takes more."""

_Tile = tuple[int, int]
"""Row and column of a tile among the tiles."""


class TileGrid:
    """An image of decoded tiles, of which those last used are kept.

    Parameters
    ----------
    shape, tile
        Rows and columns of the image, and of its tiles but those at the far sides.
    section
        What decodes whatever ``table`` does not tell all about.
    table, file
        The tiles and their file, where the tiles can be decoded without astropy.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        tile: tuple[int, int],
        section: Any,
        table: TileTable | None,
        file: OpenFile,
    ) -> None:
        self._shape, self._tile, self._section = shape, tile, section
        self.table = table
        self._file = file
        self._kept: OrderedDict[_Tile, NDArray[Any]] = OrderedDict()
        self._bytes = 0

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        height = self._tile[0] * max(1, _BLOCK_BYTES // (8 * self._tile[0] * (box.x1 - box.x0)))
        # Cut where tiles end, so that each is decoded for one of the parts only.
        inner = range(-(-(box.y0 + 1) // height) * height, box.y1, height)
        rows = [box.y0, *inner, box.y1]
        with damage_named():
            parts = [self._part(Box(box.x0, y0, box.x1, y1)) for y0, y1 in pairwise(rows)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _part(self, box: Box) -> NDArray[Any]:
        height, width = self._tile
        down = range(box.y0 // height, -(-box.y1 // height))
        across = range(box.x0 // width, -(-box.x1 // width))
        tiles = self._decoded([(row, column) for row in down for column in across])
        found: NDArray[Any] | None = None
        for (row, column), pixels in tiles.items():
            place = self._box((row, column))
            common = Box(
                max(place.x0, box.x0), max(place.y0, box.y0),
                min(place.x1, box.x1), min(place.y1, box.y1),
            )  # fmt: skip
            if found is None:
                found = np.empty(box.shape, pixels.dtype)
            found[_slices(common, box)] = pixels[_slices(common, place)]
        assert found is not None
        return found

    def _box(self, tile: _Tile) -> Box:
        height, width = self._tile
        y0, x0 = tile[0] * height, tile[1] * width
        return Box(x0, y0, x0 + width, y0 + height).clipped(self._shape)

    def _decoded(self, tiles: Sequence[_Tile]) -> dict[_Tile, NDArray[Any]]:
        """Pixels of tiles; what is not needed for them may be forgotten."""
        found = {tile: self._kept[tile] for tile in tiles if tile in self._kept}
        missing = [tile for tile in tiles if tile not in found]
        pieces = self._pieces(missing)
        packed = dict(zip(pieces, read_pieces(self._file, [*pieces.values()]), strict=True))
        for tile in missing:
            found[tile] = self._made(tile, packed.get(tile))
        for tile in tiles:
            self._keep(tile, found[tile])
        return found

    def _pieces(self, tiles: Sequence[_Tile]) -> dict[_Tile, PackedTile]:
        """Where the tiles are that can be decoded without astropy."""
        if self.table is None:
            return {}
        found = {}
        for tile in tiles:
            piece, unrounded = self.table.piece(self._number(tile))
            # What could not be rounded is rare among tiles of many rows.
            if piece is not None and not unrounded:
                found[tile] = piece
        return found

    def _number(self, tile: _Tile) -> int:
        return tile[0] * -(-self._shape[1] // self._tile[1]) + tile[1]

    def _made(self, tile: _Tile, packed: memoryview | None) -> NDArray[Any]:
        place = self._box(tile)
        if packed is not None:
            assert self.table is not None
            rows, columns = place.shape
            size = self.table.itemsize
            raw = inflated(packed, rows * columns * size)
            if raw is not None:
                layout = (size, rows, columns) if self.table.shuffled else (rows, columns, size)
                parts = joined(raw.reshape(layout), 0 if self.table.shuffled else 2)
                numbers = np.arange(rows * columns).reshape(rows, columns)
                return values_of(self.table, parts, np.array(self._number(tile)), numbers)
        return np.asarray(self._section[place.y0 : place.y1, place.x0 : place.x1])

    def _keep(self, tile: _Tile, pixels: NDArray[Any]) -> None:
        if tile in self._kept:
            self._kept.move_to_end(tile)
            return
        self._kept[tile] = pixels
        self._bytes += pixels.nbytes
        while self._bytes > KEPT_BYTES:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _slices(part: Box, whole: Box) -> tuple[slice, slice]:
    """Where a part of a box is in an array of its pixels."""
    return (
        slice(part.y0 - whole.y0, part.y1 - whole.y0),
        slice(part.x0 - whole.x0, part.x1 - whole.x0),
    )
