"""Stamps of one shape, in columns: one array for each property of a stamp."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.compiled.loops import compiled_loops
from sptjobs.cutouts.stamps.local_noise import LocalNoise, NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_content import Plane
from sptjobs.formats.windows import Windows


class StampSheet:
    """Stamps of one shape.

    Parameters
    ----------
    windows
        Their pixels.
    north
        Position angle of north of each, from +y, counter-clockwise [deg].

    Attributes
    ----------
    sci, wgt, planes
        Pixels (n, ny, nx) in the byte order of this machine; ``planes`` has them by plane.
    observed
        Number of observed pixels of each.
    covered, centre_covered
        As of ``Stamp``.
    noise
        The noise of each, once it was measured.
    """

    def __init__(self, windows: Windows, north: Sequence[float]) -> None:
        self.windows, self.north = windows, north
        self.sci, self.wgt = _in_order(windows.sci), _in_order(windows.wgt)
        self.planes = {Plane.SCI: self.sci, Plane.WGT: self.wgt}
        shape = self.sci.shape
        self._row, self._column, inside = _places(shape, windows.x, windows.y)
        centres = np.where(inside, self._row * shape[2] + self._column, -1)
        self.observed, self.centre_covered = _observed(self.sci, self.wgt, centres)
        pixels = self.pixels
        self.covered = [count / pixels for count in self.observed]
        self.noise: Sequence[LocalNoise | None] = [None] * len(windows)
        self._stamps: dict[int, Stamp] = {}

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def pixels(self) -> int:
        """Pixels of one stamp."""
        _, ny, nx = self.windows.sci.shape
        return int(ny * nx)

    def at_targets(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Pixel and weight at the target of each; any pixel's where its centre is not covered."""
        at = np.arange(len(self)), self._row, self._column
        return self.sci[at], self.wgt[at]

    def measure_noise(self, scale: NoiseScale) -> None:
        """Measure the noise of each."""
        self.noise = noise_of_all(self.sci, self.wgt, scale)
        self._stamps.clear()

    def stamp(self, number: int) -> Stamp:
        """One of the stamps, the same one each time."""
        if number not in self._stamps:
            self._stamps[number] = self._new_stamp(number)
        return self._stamps[number]

    def _new_stamp(self, number: int) -> Stamp:
        windows = self.windows
        return Stamp(
            windows.sci[number],
            windows.wgt[number],
            windows.cards(number),
            windows.x[number],
            windows.y[number],
            self.north[number],
            self.noise[number],
        )


def _in_order(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("="))


def _places(
    shape: tuple[int, ...], x: Sequence[float], y: Sequence[float]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Row and column of the pixels that hold places in FITS pixels, and which lie on a stamp."""
    _, ny, nx = shape
    column, row = (np.floor(np.array(each) + 0.5).astype(np.int64) - 1 for each in (x, y))
    inside = (column >= 0) & (column < nx) & (row >= 0) & (row < ny)
    return row.clip(0, ny - 1), column.clip(0, nx - 1), inside


def _observed(
    sci: NDArray[Any], wgt: NDArray[Any], centres: NDArray[np.int64]
) -> tuple[list[int], list[bool]]:
    """Number of observed pixels of each stamp, and whether that at a place (-1: none) is."""
    loops, count = compiled_loops(), len(sci)
    if loops is not None and sci.dtype == wgt.dtype and sci.itemsize in {4, 8}:
        totals, there = np.empty(count, np.int64), np.empty(count, np.bool_)
        loops.count_observed(
            sci, wgt, sci.itemsize, sci[0].size, centres, totals, there.view(np.uint8)
        )
        return totals.tolist(), there.tolist()
    observed = np.isfinite(sci)
    observed &= wgt > 0
    # Counting along an axis would make numbers of all of them.
    numbers = [int(np.count_nonzero(each)) for each in observed]
    there = observed.reshape(count, -1)[np.arange(count), centres] & (centres >= 0)
    return numbers, there.tolist()
