"""The right way to read an image that is compressed in tiles."""

import math
from collections.abc import Sequence
from typing import Any

from sptjobs.formats.flat_sky.tiles.row_image import RowImage
from sptjobs.formats.flat_sky.tiles.row_tiles import RowTiles
from sptjobs.formats.flat_sky.tiles.tile_grid import KEPT_BYTES, TileGrid
from sptjobs.formats.flat_sky.tiles.tile_table import read_tile_table
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile

TiledImage = RowImage | RowTiles | TileGrid


def tiled_image(hdu: Any, file: OpenFile, expected: Sequence[Box]) -> TiledImage:
    """Make what gives windows of a ``CompImageHDU``.

    Parameters
    ----------
    expected
        As ``RowImage`` has it.
    """
    rows, columns = (int(side) for side in hdu.tile_shape)
    shape, tile = tuple(hdu.shape), (rows, columns)
    table = read_tile_table(hdu, file)
    is_whole_rows = tile[1] >= shape[1]
    if table is not None and is_whole_rows and tile[0] == 1:
        return RowTiles(table, file, hdu.section)
    # Four times a tile is taken while it is decoded.
    if (table is not None or not is_whole_rows) and 32 * math.prod(tile) <= KEPT_BYTES:
        return TileGrid(shape, tile, hdu.section, table, file)
    return RowImage(hdu, tile[0], expected)
