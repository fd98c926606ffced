"""The right way to read an image that is compressed in tiles."""

import math
from collections.abc import Sequence
from typing import Any

from sptjobs.formats.flat_sky.tiles.row_image import RowImage
from sptjobs.formats.flat_sky.tiles.row_tiles import RowTiles
from sptjobs.formats.flat_sky.tiles.tile_grid import KEPT_BYTES, TileGrid
from sptjobs.formats.flat_sky.tiles.tile_table import TileTable, read_tile_table
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile

TabledImage = RowTiles | TileGrid
TiledImage = RowImage | TabledImage


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
    tabled = None if table is None else tabled_image(table, file, hdu.section)
    if tabled is not None:
        return tabled
    if tile[1] < shape[1] and _is_small(tile):
        return TileGrid(shape, tile, hdu.section, None, file)
    return RowImage(hdu, tile[0], expected)


def tabled_image(table: TileTable, file: OpenFile, section: Any) -> TabledImage | None:
    """Make the same by the table of the tiles; None where they are better read by rows.

    Parameters
    ----------
    section
        What decodes a tile that the table does not tell all about.
    """
    if table.tile[0] == 1 and table.tile[1] >= table.shape[1]:
        return RowTiles(table, file, section)
    if not _is_small(table.tile):
        return None
    return TileGrid(table.shape, table.tile, section, table, file)


def _is_small(tile: tuple[int, int]) -> bool:
    # Four times a tile is taken while it is decoded.
    return 32 * math.prod(tile) <= KEPT_BYTES
