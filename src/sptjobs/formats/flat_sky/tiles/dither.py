"""The numbers that dithering added to values before it rounded them to steps.

References
----------
FITS Standard 4.0, section 10.2.1 and appendix I: a list of 10,000 numbers, and for each tile
the place in it where it begins.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.sky_positions import Floats, Indices

LENGTH = 10_000
_FACTOR, _MODULUS, _LAST = 16807, 2147483647, 1043618065


def dither_values(seeds: Indices, pixels: Indices) -> Floats:
    """Numbers that belong to pixels of tiles.

    Parameters
    ----------
    seeds
        Place of each tile in the list, 0 to 9,999.
    pixels
        Numbers of pixels in their tiles, from 0; of a shape that goes with that of ``seeds``.
    """
    values, starts = _tables()
    places = starts[seeds] + pixels
    while True:
        # A tile that comes to the list's end goes on where the next seed begins.
        beyond = places >= LENGTH
        if not beyond.any():
            return np.asarray(values[places])
        seeds = (seeds + 1) % LENGTH
        places = np.where(beyond, places - LENGTH + starts[seeds], places)


@cache
def _tables() -> tuple[Floats, Indices]:
    """The list, and where in it the tiles of each seed begin."""
    seed, seeds = 1, []
    for _ in range(LENGTH):
        seed = _FACTOR * seed % _MODULUS
        seeds.append(seed)
    assert seed == _LAST
    values: NDArray[np.float32] = (np.array(seeds, np.float64) / _MODULUS).astype(np.float32)
    return values.astype(np.float64), (values * np.float32(500)).astype(np.int64)
