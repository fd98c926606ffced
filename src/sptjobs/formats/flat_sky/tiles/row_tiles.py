"""An image in tiles of one row each.

Rows are inflated once, and of them only those columns are decoded that windows need.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.flat_sky.tiles.tile_reader import read_pieces
from sptjobs.formats.flat_sky.tiles.tile_table import TileTable
from sptjobs.formats.flat_sky.tiles.values import inflated, joined, values_of
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile

_BAND_BYTES = 16 << 20
"""Memory for the inflated rows of one image."""

_AT_ONCE_PIXELS = 1 << 18
"""Most pixels that are decoded together, which takes ten times their memory."""


class RowTiles:
    """An image whose tiles are its rows.

    Inflated rows are kept, each in the place that its number has modulo how many there are.

    Parameters
    ----------
    table, file, section
        The tiles, their file, and what decodes a tile that the table does not tell all about.
    """

    def __init__(self, table: TileTable, file: OpenFile, section: Any) -> None:
        self.table = table
        self._file, self._section = file, section
        ny, nx = table.shape
        self._row_bytes = nx * table.itemsize
        self._room = min(ny, max(64, _BAND_BYTES // self._row_bytes))
        self._layout = (table.itemsize, nx) if table.shuffled else (nx, table.itemsize)
        self._band: NDArray[np.uint8] | None = None
        self._held = np.full(self._room, -1)
        self._whole: dict[int, NDArray[Any]] = {}

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        step = min(self._room, max(1, _AT_ONCE_PIXELS // (box.x1 - box.x0)))
        starts = range(box.y0, box.y1, step)
        with damage_named():
            parts = [self._part(Box(box.x0, y, box.x1, min(y + step, box.y1))) for y in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _part(self, box: Box) -> NDArray[Any]:
        self._hold(box.y0, box.y1)
        raw = joined(self._bytes(box), 1 if self.table.shuffled else 2)
        # Tiles are rows, whose pixels are numbered by their columns.
        rows, columns = np.arange(box.y0, box.y1)[:, None], np.arange(box.x0, box.x1)
        values = values_of(self.table, raw, rows, columns)
        for row in self._whole.keys() & range(box.y0, box.y1):
            values[row - box.y0] = self._whole[row][box.x0 : box.x1]
        return values

    def _bytes(self, box: Box) -> NDArray[np.uint8]:
        """Bytes of a box's values, laid out as those of rows are in the file."""
        assert self._band is not None
        first, end = box.y0 % self._room, box.y0 % self._room + box.y1 - box.y0
        across = slice(None), slice(box.x0, box.x1)
        if not self.table.shuffled:
            across = across[::-1]
        begin = self._band[first:end, *across]
        if end <= self._room:
            return begin
        return np.concatenate((begin, self._band[: end - self._room, *across]))

    def _hold(self, y0: int, y1: int) -> None:
        """Have rows inflated."""
        if self._band is None:
            self._band = np.zeros((self._room, *self._layout), np.uint8)
        rows = np.arange(y0, y1)
        missing = rows[self._held[rows % self._room] != rows].tolist()
        found = [(row, *self.table.piece(row)) for row in missing]
        pieces = [piece for _, piece, _ in found if piece is not None]
        packed = iter(read_pieces(self._file, pieces))
        for row, piece, unrounded in found:
            self._keep(row, None if piece is None else next(packed), unrounded=unrounded)

    def _keep(self, row: int, packed: memoryview | None, *, unrounded: bool) -> None:
        assert self._band is not None
        place = row % self._room
        self._whole.pop(int(self._held[place]), None)
        self._held[place] = -1
        dtype = self.table.dtype.newbyteorder(">")
        size = self._row_bytes
        if unrounded:
            size = self.table.shape[1] * dtype.itemsize
        content = None if packed is None else inflated(packed, size)
        if content is None:
            self._whole[row] = np.asarray(self._section[row : row + 1])[0]
        elif unrounded:
            self._whole[row] = content.view(dtype)
        else:
            self._band[place] = content.reshape(self._layout)
        self._held[place] = row
