"""The cells of HEALPix as grids of pixels that a map is resampled to.

References
----------
Gorski et al. 2005, ApJ 622, 759, section 4.1 (nested numbering); Calabretta and Roukema 2007,
MNRAS 381, 865 (the projection HPX); IVOA HiPS 1.0, section 4.2.1 (order of a tile's pixels).
"""

import math

from sptjobs.formats.map_content import OutputGrid
from sptjobs.hips.survey_files import TILE_PIXELS

_QUARTER, _HALF_BASE = 90.0, 45.0
"""Distance of base cells along a parallel, and half their diagonal, in the plane of HPX [deg]."""


def cell_grid(order: int, cell: int) -> OutputGrid:
    """The pixels of a cell's tile, in the order that FITS has: the lowest row first.

    Pixels further right lie to the north-west, further up to the south-west.
    """
    x, y = _centre(order, cell)
    # About a meridian near the cell, since the plane ends half around the sky from that.
    meridian = _QUARTER * round(x / _QUARTER)
    step = _HALF_BASE / (TILE_PIXELS << order)
    right, up = (y - (x - meridian)) / (2 * step), (meridian - x - y) / (2 * step)
    middle = (TILE_PIXELS + 1) / 2
    cards: dict[str, float | int | str | bool] = {
        "CTYPE1": "RA---HPX",
        "CTYPE2": "DEC--HPX",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CRPIX1": middle - right,
        "CRPIX2": middle - up,
        "CRVAL1": meridian % 360,
        "CRVAL2": 0.0,
        "CD1_1": -step,
        "CD1_2": -step,
        "CD2_1": step,
        "CD2_2": -step,
        "PV2_1": 4,
        "PV2_2": 3,
        "RADESYS": "ICRS",
    }
    return OutputGrid(cards, (TILE_PIXELS, TILE_PIXELS), step * math.sqrt(2) * 60)


def _centre(order: int, cell: int) -> tuple[float, float]:
    """Centre of a cell in the plane of HPX [deg]: right ascension where that is not stretched."""
    base, within = divmod(cell, 1 << 2 * order)
    east, west = _every_other_bit(within), _every_other_bit(within >> 1)
    row, column = divmod(base, 4)
    side = 1 << order
    x = _QUARTER * column + (0 if row == 1 else _HALF_BASE)
    y = _HALF_BASE * (1 - row)
    step = _HALF_BASE / side
    return x + (east - west) * step, y + (east + west + 1 - side) * step


def _every_other_bit(number: int) -> int:
    """The bits 0, 2, 4 and so on of a number, moved together."""
    return int(f"{number:b}"[::-2][::-1] or "0", 2)
