"""Where stamps meet a map, and what they will need of it."""

from dataclasses import dataclass
from typing import NamedTuple

from sptjobs.formats.sky_positions import Floats, Indices
from sptjobs.request.cutout_request import Order


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of stamps [arcmin], one for each position; both 0 for the pixel at a position.

    ``resampled`` says that the stamps are not of the map's own pixels.
    """

    xsize: Floats
    ysize: Floats
    resampled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The positions whose stamps may meet a map, in the order in which it is best read.

    Attributes
    ----------
    found
        Which of the positions that were asked for.
    x, y
        The place of each in the map's own pixels, from 0.
    north
        Position angle of north from +y, counter-clockwise (towards -x) [deg].
    rows, ends
        First and end of the stretch of the map that its stamp needs, in the rows that
        ``sptjobs.forecast.cost`` counts.
    pixels
        Number of the map's own pixels that its stamp covers.
    """

    found: Indices
    x: Floats
    y: Floats
    north: Floats
    rows: Floats
    ends: Floats
    pixels: Floats


class Need(NamedTuple):
    """What a stamp will need of a map.

    Attributes
    ----------
    x, y
        Its centre in the map's own pixels, as ``Placed`` has it.
    xsize, ysize
        Its size [arcmin]; both 0 for one pixel.
    order, pixel_scale
        How it is resampled, and to pixels of which side [arcmin]; None for the map's own.
    """

    x: float
    y: float
    xsize: float = 0.0
    ysize: float = 0.0
    order: Order | None = None
    pixel_scale: float | None = None
