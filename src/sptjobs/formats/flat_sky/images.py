"""Windows of an image, and of an uncompressed one, which is mapped into memory."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.damage import damage_named
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile


class Image(Protocol):
    """What gives windows of one of a map's images."""

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""


class PlainImage:
    """An uncompressed floating-point image, mapped into memory.

    Parameters
    ----------
    file, offset, dtype, shape
        The file, where its pixels begin, and their type and (ny, nx).
    """

    def __init__(self, file: OpenFile, offset: int, dtype: str, shape: tuple[int, int]) -> None:
        mapped = np.memmap(file.plain, dtype=dtype, mode="r", offset=offset, shape=shape)
        # Slices of a memmap are memmaps, which take longer to make.
        self._pixels = mapped.view(np.ndarray)
        self._file, self._offset = file, offset

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        row, pixel = self._pixels.strides
        with damage_named():
            # From the first pixel of the box to its last.
            return self._file.checked(
                self._offset + box.y0 * row + box.x0 * pixel,
                self._offset + (box.y1 - 1) * row + box.x1 * pixel,
                self._pixels[box.y0 : box.y1, box.x0 : box.x1].copy,
            )


class UniformWeights:
    """The weights of a map that has none: 1 everywhere."""

    def window(self, box: Box) -> NDArray[Any]:
        """The weights of a box."""
        return np.ones(box.shape, np.float32)


def as_floats(pixels: NDArray[Any]) -> NDArray[Any]:
    """Floating-point pixels as they are; integers in a type that holds them."""
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize >= 4:
        return pixels
    return pixels.astype(np.float32 if pixels.dtype.itemsize <= 2 else np.float64)


def stacked(
    image: Image,
    corners: Sequence[tuple[int, int]],
    size: tuple[int, int],
    shape: tuple[int, int],
    fill: float,
) -> NDArray[Any]:
    """Windows of one size from an image, as (n, ny, nx).

    Parameters
    ----------
    corners
        First column and row of each window, which has at least one pixel on the image.
    size, shape
        Rows and columns of each, and of the image.
    fill
        What stands beyond the image.
    """
    (ny, nx), (rows, columns) = size, shape
    stack: NDArray[Any] | None = None
    for number, (x, y) in enumerate(corners):
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + nx, columns), min(y + ny, rows)
        pixels = image.window(Box(x0, y0, x1, y1))
        if stack is None:
            stack = np.empty((len(corners), ny, nx), as_floats(pixels[:0]).dtype)
        if pixels.shape != size:
            stack[number] = fill
        stack[number, y0 - y : y1 - y, x0 - x : x1 - x] = pixels
    assert stack is not None
    return stack
