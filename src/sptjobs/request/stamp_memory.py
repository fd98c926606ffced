"""What a stamp takes of a cutting process's memory, by its pixels."""

import math

from sptjobs.request.cutout_request import Target

BYTES_PER_PIXEL = 160
"""Of a resampled stamp, whatever the order: its coordinates on sky and map, its values and
weights, at the peak. Measured are 145."""

MAX_STAMP_PIXELS = 4 << 20
"""Pixels of the largest stamp that is made: 640 MiB, beside 150 MiB of libraries in a
process that may take 1024 MiB unless the site says otherwise."""

_NOISE = 1e-4
"""10 arcmin of 0.25 arcmin are 40 pixels also when a header says 0.2499999."""


def pixels_along(size_arcmin: float, scale_arcmin: float) -> int:
    """Pixels that a side takes: the ratio, rounded up."""
    return max(1, math.ceil(size_arcmin / scale_arcmin - _NOISE))


def stamp_pixels(target: Target, scale_arcmin: float) -> tuple[int, int]:
    """Pixels across and up of a target's stamp."""
    return pixels_along(target.xsize, scale_arcmin), pixels_along(target.ysize, scale_arcmin)
