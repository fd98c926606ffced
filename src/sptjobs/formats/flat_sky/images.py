"""Windows of an image, and of an uncompressed one, which is mapped into memory."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.checked_bytes import ByteSpan
from sptjobs.formats.damage import damage_named
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile


class Image(Protocol):
    """What gives windows of one of a map's images."""

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""


class ManyWindows(ABC):
    """An image that gives many windows as quickly as their pixels can be copied."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels, floating point."""

    @abstractmethod
    def copy_windows(self, boxes: Sequence[Box], layers: Sequence[NDArray[Any]]) -> None:
        """Copy the pixels of boxes that lie on the image into arrays of the same shapes."""


class PlainImage(ManyWindows):
    """An uncompressed floating-point image, mapped into memory.

    Parameters
    ----------
    file, offset, dtype, shape
        The file, where its pixels begin, and their type and (ny, nx).
    """

    def __init__(self, file: OpenFile, offset: int, dtype: str, shape: tuple[int, int]) -> None:
        mapped = np.memmap(file.plain, dtype=dtype, mode="r", offset=offset, shape=shape)
        # Slices of a memmap are memmaps, which take longer to make.
        self._pixels: NDArray[Any] = mapped.view(np.ndarray)
        self._file, self._offset = file, offset

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        return self._pixels.dtype

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        with damage_named():
            read = self._pixels[box.y0 : box.y1, box.x0 : box.x1].copy
            return self._file.checked([self._span(box)], read)

    def copy_windows(self, boxes: Sequence[Box], layers: Sequence[NDArray[Any]]) -> None:
        """Copy the pixels of boxes that lie on the image into arrays of the same shapes."""
        pixels = self._pixels

        def copy() -> None:
            for (x0, y0, x1, y1), layer in zip(boxes, layers, strict=True):
                layer[...] = pixels[y0:y1, x0:x1]

        with damage_named():
            self._file.checked(map(self._span, boxes), copy)

    def _span(self, box: Box) -> ByteSpan:
        """The file's bytes from the first pixel of a box to its last."""
        row, pixel = self._pixels.strides
        return (
            self._offset + box.y0 * row + box.x0 * pixel,
            self._offset + (box.y1 - 1) * row + box.x1 * pixel,
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
    boxes: Sequence[Box],
    size: tuple[int, int],
    fill: float,
    offsets: Sequence[tuple[int, int]] | None = None,
) -> NDArray[Any]:
    """Windows of an image as (n, ny, nx), in the byte order of this machine.

    Parameters
    ----------
    boxes
        The pixels of each, all of them on the image.
    size
        Rows and columns of the result.
    fill
        What stands where a box does not reach.
    offsets
        First row and column of each box in its layer; None for its corner.
    """
    starts = offsets or [(0, 0)] * len(boxes)
    is_full = all(box.shape == size for box in boxes)

    def layers(dtype: np.dtype[Any]) -> tuple[NDArray[Any], list[NDArray[Any]]]:
        shape = (len(boxes), *size)
        new = np.empty(shape, dtype) if is_full else np.full(shape, fill, dtype)
        if is_full:
            return new, list(new)
        places = zip(new, starts, (box.shape for box in boxes), strict=True)
        return new, [each[y : y + ny, x : x + nx] for each, (y, x), (ny, nx) in places]

    if isinstance(image, ManyWindows):
        stack, parts = layers(image.dtype.newbyteorder("="))
        image.copy_windows(boxes, parts)
        return stack
    first = image.window(boxes[0])
    stack, parts = layers(as_floats(first[:0]).dtype.newbyteorder("="))
    parts[0][...] = first
    for box, part in zip(boxes[1:], parts[1:], strict=True):
        part[...] = image.window(box)
    return stack
