"""Windows of an image, and of an uncompressed one, which is mapped into memory."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sptjobs.compiled.loops import compiled_loops
from sptjobs.formats.checked_bytes import ByteSpan
from sptjobs.formats.damage import damage_named
from sptjobs.formats.geometry import Box
from sptjobs.formats.sky_positions import Indices
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
    def copy_windows(self, boxes: Indices, stack: NDArray[Any], starts: Indices) -> None:
        """Copy the pixels of boxes that lie on the image into layers of a stack (n, ny, nx).

        Parameters
        ----------
        boxes, starts
            As ``stacked`` takes them.
        stack
            Of the image's type, in the byte order of this machine.
        """


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

    def copy_windows(self, boxes: Indices, stack: NDArray[Any], starts: Indices) -> None:
        """Copy the pixels of boxes that lie on the image into layers of a stack."""
        spans = (self._span(Box(*box)) for box in boxes.tolist())
        with damage_named():
            self._file.checked(spans, lambda: self._copy(boxes, stack, starts))

    def _copy(self, boxes: Indices, stack: NDArray[Any], starts: Indices) -> None:
        pixels, loops = self._pixels, compiled_loops()
        if loops is not None and pixels.dtype == pixels.dtype.newbyteorder(">"):
            about = pixels, pixels.shape[1], pixels.itemsize
            loops.copy_windows(*about, boxes, starts, stack, *stack.shape[1:])
            return
        for (x0, y0, x1, y1), part in zip(
            boxes.tolist(), layer_parts(boxes, stack, starts), strict=True
        ):
            part[...] = pixels[y0:y1, x0:x1]

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
    image: Image, boxes: Indices, size: tuple[int, int], fill: float, starts: Indices | None = None
) -> NDArray[Any]:
    """Windows of an image as (n, ny, nx), in the byte order of this machine.

    Parameters
    ----------
    boxes
        The pixels of each, all of them on the image: (n, 4), in the order of ``Box``.
    size
        Rows and columns of the result.
    fill
        What stands where a box does not reach.
    starts
        First row and column of each box in its layer, (n, 2); None for its corner.
    """
    if starts is None:
        starts = np.zeros((len(boxes), 2), np.int64)
    is_full = bool((boxes[:, 2:] - boxes[:, :2] == size[::-1]).all())

    def new(dtype: np.dtype[Any]) -> NDArray[Any]:
        shape, own = (len(boxes), *size), dtype.newbyteorder("=")
        return np.empty(shape, own) if is_full else np.full(shape, fill, own)

    if isinstance(image, ManyWindows):
        stack = new(image.dtype)
        image.copy_windows(boxes, stack, starts)
        return stack
    first, *others = (Box(*box) for box in boxes.tolist())
    window = image.window(first)
    stack = new(as_floats(window[:0]).dtype)
    windows = chain([window], map(image.window, others))
    for window, part in zip(windows, layer_parts(boxes, stack, starts), strict=True):
        part[...] = window
    return stack


def layer_parts(boxes: Indices, stack: NDArray[Any], starts: Indices) -> Iterator[NDArray[Any]]:
    """The pixels of boxes in their layers of a stack."""
    sides = boxes[:, 2:] - boxes[:, :2]
    for layer, (y, x), (nx, ny) in zip(stack, starts.tolist(), sides.tolist(), strict=True):
        yield layer[y : y + ny, x : x + nx]
