"""The pixels of FITS files."""

from pathlib import Path

import numpy as np
from astropy.io import fits


def same_pixels(one: Path, other: Path) -> bool:
    """Whether two files have the same images, bit by bit; at least one."""
    with fits.open(one) as left, fits.open(other) as right:
        pairs = list(zip(left, right, strict=True))
        assert any(hdu.data is not None for hdu, _ in pairs)
        return all(
            np.array_equal(a.data, b.data, equal_nan=True) for a, b in pairs if a.data is not None
        )
