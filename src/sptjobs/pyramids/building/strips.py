"""Strips of a map, a row of tiles high, and what becomes of them at coarser levels."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.map_content import Plane
from sptjobs.formats.map_format import OpenMap
from sptjobs.pyramids.levels import TILE_SIDE

_DEFLATE_LEVEL = 1
"""Noise hardly gets smaller, however long one tries."""
_GZIP = 31

PixelSums = NDArray[np.float64]
Counts = NDArray[np.int32]
_Kept = TypeVar("_Kept", PixelSums, Counts)


def read_strip(opened: OpenMap, plane: Plane, row: int) -> NDArray[Any]:
    """The pixels of a row of tiles of a map, unobserved ones NaN; fewer rows at the map's end."""
    ny, nx = opened.record.shape
    y0 = row * TILE_SIDE
    sci, wgt = opened.box(0, y0, nx, min(y0 + TILE_SIDE, ny))
    observed = (wgt > 0) & np.isfinite(sci)
    found: NDArray[Any] = np.where(observed, sci if plane is Plane.SCI else wgt, np.nan)
    return found


def tiles_of(strip: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
    """Column and content of each tile of a strip that has an observed pixel.

    The content is 256 rows of 256 little-endian float32, packed by gzip.
    """
    for x, x0 in enumerate(range(0, strip.shape[1], TILE_SIDE)):
        part = strip[:, x0 : x0 + TILE_SIDE]
        if np.isnan(part).all():
            continue
        tile = np.full((TILE_SIDE, TILE_SIDE), np.nan, "<f4")
        tile[: part.shape[0], : part.shape[1]] = part
        yield x, _packed(tile.tobytes())


def _packed(content: bytes) -> bytes:
    deflate = zlib.compressobj(_DEFLATE_LEVEL, wbits=_GZIP)
    return deflate.compress(content) + deflate.flush()


class Halving:
    """Takes the strips of one level, bottom first, and passes on those of coarser levels.

    Parameters
    ----------
    level
        Of the strips that it gives.
    emit
        Takes level, row and pixels of a strip.
    """

    def __init__(self, level: int, emit: Callable[[int, int, PixelSums], None]) -> None:
        self._level, self._emit = level, emit
        self._coarser = Halving(level - 1, emit) if level > 0 else None
        self._half: tuple[PixelSums, Counts] | None = None
        self._row = 0

    def add(self, sums: PixelSums, counts: Counts) -> None:
        """Add a strip as sums and numbers of the observed map pixels in each of its pixels."""
        pair = _halved(sums), _halved(counts)
        if self._half is None:
            self._half = pair
        else:
            below, self._half = self._half, None
            sums, counts = pair
            self._pass_on(np.concatenate((below[0], sums)), np.concatenate((below[1], counts)))

    def end(self) -> None:
        """Pass on what is left: there is no further strip."""
        if self._half is not None:
            self._pass_on(*self._half)
        if self._coarser is not None:
            self._coarser.end()

    def _pass_on(self, sums: PixelSums, counts: Counts) -> None:
        with np.errstate(invalid="ignore"):
            self._emit(self._level, self._row, sums / counts)
        self._row += 1
        if self._coarser is not None:
            self._coarser.add(sums, counts)


def _halved(pixels: _Kept) -> _Kept:
    """PixelSums of squares of two by two pixels, those at an odd edge with what there is."""
    ny, nx = pixels.shape
    if ny % 2 or nx % 2:
        pixels = np.pad(pixels, ((0, ny % 2), (0, nx % 2)))
    rows = pixels[0::2] + pixels[1::2]
    halved: _Kept = rows[:, 0::2] + rows[:, 1::2]
    return halved
