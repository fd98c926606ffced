"""The rows of an image of a map that is to be catalogued."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.tiles.tiled_image import tiled_image
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile, open_regular

ImageRows = Callable[[int, int], NDArray[Any]]
"""Reads rows of an image, from a first one to an end."""


class RowReader:
    """Reads images of a file row by row, those in tiles as they are read to be cut.

    Parameters
    ----------
    file
        The file; None for one that is packed as a whole, which is read forwards only.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = None if file is None else open_regular(file)

    def rows_of(self, hdu: Any) -> ImageRows:
        """What reads the rows of an image of two axes."""
        ny, nx = hdu.shape
        if self._file is None or not isinstance(hdu, fits.CompImageHDU):
            return lambda low, high: hdu.section[low:high, 0:nx]
        opened = OpenFile(self._file, self._file)
        image = tiled_image(hdu, opened, [Box(0, 0, nx, ny)])
        return lambda low, high: image.window(Box(0, low, nx, high))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
