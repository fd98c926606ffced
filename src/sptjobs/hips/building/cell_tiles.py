"""The FITS tiles of a survey: the deepest out of the map, each coarser one out of four."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.map_format import OpenMap
from sptjobs.hips.building.cell_grids import cell_grid
from sptjobs.hips.building.fits_images import Tile, read_image, write_image
from sptjobs.hips.survey_files import ALLSKY_ORDER, TILE_PIXELS, allsky_path, tile_path
from sptjobs.packs.syncing import sync_path
from sptjobs.request.cutout_request import Order

_ALLSKY_COLUMNS, _ALLSKY_PIXELS = 27, 64
"""Tiles side by side in the picture of the sky, and pixels along the side of each there."""


def build_deepest(opened: OpenMap, order: int, cells: Iterable[int], folder: Path) -> None:
    """Write the deepest tiles that are not there yet, by bilinear interpolation.

    Of a cell in which nothing is observed there is none.
    """
    for cell in cells:
        path = folder / tile_path(order, cell, "fits")
        if path.exists():
            continue
        found = opened.resampled(cell_grid(order, cell), Order.BILINEAR)
        if found is not None and not np.isnan(found[0]).all():
            _write_whole(path, found[0], _cards(opened.record.unit, order, cell))


def _write_whole(path: Path, pixels: NDArray[Any], cards: Mapping[str, Any]) -> None:
    """Write a tile that has its name only when all of it is on the disk."""
    part = path.with_suffix(".part")
    write_image(part, pixels, cards)
    sync_path(part)
    part.replace(path)


def build_coarser(unit: str | None, order: int, cells: Iterable[int], folder: Path) -> set[int]:
    """Write the tiles of an order whose four parts are in ``cells`` of the next; give their cells.

    A pixel is the mean of the observed ones of the four that it is made of.
    """
    made = {cell // 4 for cell in cells}
    for cell in sorted(made):
        tile = np.full((TILE_PIXELS, TILE_PIXELS), np.nan, np.float32)
        half = TILE_PIXELS // 2
        for part in range(4):
            path = folder / tile_path(order + 1, 4 * cell + part, "fits")
            if path.exists():
                # The first bit counts to the north-east, down; the second to the north-west.
                row, column = half * (1 - part % 2), half * (part // 2)
                tile[row : row + half, column : column + half] = means(read_image(path), 2)
        write_image(folder / tile_path(order, cell, "fits"), tile, _cards(unit, order, cell))
    return made


def build_allsky(unit: str | None, cells: Iterable[int], folder: Path) -> Tile:
    """Write the picture of the sky of the tiles of ``ALLSKY_ORDER``, and give its pixels."""
    count = 12 << 2 * ALLSKY_ORDER
    rows = -(-count // _ALLSKY_COLUMNS)
    side = _ALLSKY_PIXELS
    picture = np.full((rows * side, _ALLSKY_COLUMNS * side), np.nan, np.float32)
    for cell in cells:
        row, column = divmod(cell, _ALLSKY_COLUMNS)
        # The first row of tiles is the highest, and the lowest pixels come first.
        bottom, left = (rows - 1 - row) * side, column * side
        tile = read_image(folder / tile_path(ALLSKY_ORDER, cell, "fits"))
        picture[bottom : bottom + side, left : left + side] = means(tile, TILE_PIXELS // side)
    write_image(folder / allsky_path("fits"), picture, {"BUNIT": unit} if unit else {})
    return picture


def means(pixels: NDArray[Any], factor: int) -> NDArray[Any]:
    """Mean of the observed pixels of each square, NaN where there are none."""
    ny, nx = (side // factor for side in pixels.shape)
    squares = pixels.reshape(ny, factor, nx, factor)
    observed = ~np.isnan(squares)
    sums = np.where(observed, squares, 0).sum((1, 3), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        found: NDArray[Any] = sums / observed.sum((1, 3))
    return found


def _cards(unit: str | None, order: int, cell: int) -> dict[str, Any]:
    stated = {"BUNIT": unit} if unit else {}
    return {**cell_grid(order, cell).wcs, "ORDER": order, "NPIX": cell, **stated}
