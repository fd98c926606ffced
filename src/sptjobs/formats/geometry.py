"""Where a stamp lies on a map's pixels. Pixels are counted from 0; their centres are integers."""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = TypeVar("Numbers", float, NDArray[np.float64])

_NOISE = 1e-4
"""Part of a pixel that a ratio of sizes may exceed an integer by without meaning it [pixel]."""


class Box(NamedTuple):
    """Pixels ``x0 <= x < x1`` and ``y0 <= y < y1``."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y1 - self.y0, self.x1 - self.x0

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def clipped(self, shape: tuple[int, int]) -> "Box":
        """Its part on an array of ``shape`` (ny, nx); may be empty."""
        ny, nx = shape
        return Box(max(self.x0, 0), max(self.y0, 0), min(self.x1, nx), min(self.y1, ny))

    def grown(self, margin: int) -> "Box":
        """The box with ``margin`` more pixels on each side."""
        return Box(self.x0 - margin, self.y0 - margin, self.x1 + margin, self.y1 + margin)


def pixels_across(size_arcmin: Numbers, scale_arcmin: Numbers | float) -> Numbers:
    """Pixels that a side takes: the ratio, rounded up.

    10 arcmin of 0.25 arcmin are 40 pixels also when a header says 0.2499999.
    """
    count: Numbers = np.maximum(1.0, np.ceil(size_arcmin / scale_arcmin - _NOISE))
    return count


def first_pixel(place: Numbers, count: Numbers) -> Numbers:
    """First of ``count`` pixels whose middle is nearest to a place on an axis."""
    first: Numbers = np.floor(place - (count - 1) / 2 + 0.5)
    return first


def stamp_shape(
    xsize_arcmin: float,
    ysize_arcmin: float,
    scale_arcmin: float,
    yscale_arcmin: float | None = None,
) -> tuple[int, int]:
    """Pixels (ny, nx) of a stamp; they are square unless their height is given, too."""
    return (
        int(pixels_across(ysize_arcmin, yscale_arcmin or scale_arcmin)),
        int(pixels_across(xsize_arcmin, scale_arcmin)),
    )


def stamp_box(x: float, y: float, shape: tuple[int, int]) -> Box:
    """The pixels of a stamp of ``shape`` (ny, nx) whose centre is nearest to (x, y).

    The target lies within half a pixel of the stamp's centre on each axis.
    """
    ny, nx = shape
    x0, y0 = int(first_pixel(x, nx)), int(first_pixel(y, ny))
    return Box(x0, y0, x0 + nx, y0 + ny)
