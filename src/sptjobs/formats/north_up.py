"""The directions of the pixels of north-up gnomonic stamps, many stamps a call.

A pixel lies in the direction c + xi e + eta n: the unit vector of the target, and those towards
east and north there.
"""

import math
from collections.abc import Sequence

import numpy as np

from sptjobs.formats.map_content import OutputGrid, Pixels
from sptjobs.formats.sky_positions import Floats
from sptjobs.formats.windows import Windows

_NORTH_UP = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "LONPOLE": 180.0, "RADESYS": "ICRS"}

_PLACED = ("CRVAL1", "CRVAL2", "LATPOLE")
"""Cards by which north-up gnomonic grids of one shape and scale differ."""


def offsets_of(grids: Sequence[OutputGrid]) -> tuple[Floats, Floats] | None:
    """Offsets of columns and rows from the target, as ``Zenithal.pixels`` takes them.

    None where the grids are not north-up gnomonic ones.
    """
    wcs, (ny, nx) = grids[0].wcs, grids[0].shape
    if any(wcs[name] != value for name, value in _NORTH_UP.items()):
        return None
    xi, eta = (
        np.radians(float(wcs[f"CDELT{axis}"]))
        * (np.arange(1.0, n + 1) - float(wcs[f"CRPIX{axis}"]))
        for axis, n in ((1, nx), (2, ny))
    )
    return xi, eta


def axes_of(lon: float, lat: float) -> tuple[tuple[float, float, float], ...]:
    """Unit vectors of a place, and of east and north there."""
    cos_lon, sin_lon, cos_lat, sin_lat = math.cos(lon), math.sin(lon), math.cos(lat), math.sin(lat)
    return (
        (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat),
        (-sin_lon, cos_lon, 0.0),
        (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat),
    )


def directions_of(grids: Sequence[OutputGrid], xi: Floats, eta: Floats) -> Floats:
    """Directions (ICRS), not of length 1, of the pixels of all grids: (3, n, ny, nx)."""
    targets = [(float(grid.wcs["CRVAL1"]), float(grid.wcs["CRVAL2"])) for grid in grids]
    axes = np.array([axes_of(*np.radians(target)) for target in targets])
    # (centre, east, north), component, stamp, and two of length 1 for its pixels.
    centre, east, north = axes.transpose(1, 2, 0)[..., None, None]
    return np.asarray(centre + east * xi + north * eta[:, None])


def windows_of(grids: Sequence[OutputGrid], planes: Sequence[tuple[Pixels, Pixels]]) -> Windows:
    """Put together the pixels and weights of grids of one shape, some of them in each entry."""
    wcs = grids[0].wcs
    sci, wgt = map(np.concatenate, zip(*planes, strict=True))
    return Windows(
        sci=sci,
        wgt=wgt,
        wcs=wcs,
        varying={name: [float(grid.wcs[name]) for grid in grids] for name in _PLACED},
        x=[float(wcs["CRPIX1"])] * len(grids),
        y=[float(wcs["CRPIX2"])] * len(grids),
    )
