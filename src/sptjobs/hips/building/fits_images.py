"""Tiles as FITS images, written and read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Tile = NDArray[np.float32]
"""Pixels of a tile, unobserved ones NaN."""


def write_image(path: Path, pixels: NDArray[Any], cards: Mapping[str, Any]) -> None:
    """Write an image of float32, in place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hdu = fits.PrimaryHDU(pixels.astype(np.float32), fits.Header(dict(cards)))
    hdu.writeto(path, checksum=True, overwrite=True)


def read_image(path: Path) -> Tile:
    """Read an image."""
    with fits.open(path, memmap=False) as hdus:
        return np.asarray(hdus[0].data, dtype=np.float32)
