"""Whether what a map observed lies on the sky.

A map may be larger than its projection: an all-sky map has corners that are nowhere. Pixels
there cannot be observed. Where they are, the map reaches over an end of its projection, and
a part of it would never be found: from a position one comes to a pixel on this side of the end.
"""

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.observed_pixels import ObservedPixels
from sptjobs.formats.outline import Points
from sptjobs.maps.map_error import MapError

_NOT_CONVEX = frozenset({"BON", "PCO", "TSC", "CSC", "QSC", "HPX"})
_CONIC = "CO"
"""Projections whose sky may have a gap between corners of a map that are on it."""

_PLACES = ((0.5, 0.5), (0.02, 0.02), (0.98, 0.02), (0.02, 0.98), (0.98, 0.98))
"""Places in a block: its middle, and beside its corners."""


def check_on_sky(coverage: ObservedPixels, wcs: WCS, projection: str) -> None:
    """Refuse a map with observed pixels that have no place on the sky.

    Blocks of pixels of which a part has a place count as on the sky.

    Raises
    ------
    MapError
        There are some.
    """
    ny, nx = coverage.blocks.shape
    ends = np.array([(x, y) for x in (0.5, nx - 0.5) for y in (0.5, ny - 0.5)])
    has_gaps = projection in _NOT_CONVEX or projection.startswith(_CONIC)
    if not has_gaps and not _lost(coverage, wcs, ends).any():
        return
    rows, columns = np.nonzero(coverage.blocks)
    blocks = np.stack([columns, rows], axis=-1).astype(np.float64)
    for place in _PLACES:
        blocks = blocks[_lost(coverage, wcs, blocks + place)]
        if not len(blocks):
            return
    raise MapError(
        "has observed pixels that lie nowhere on the sky: they are beyond the end of projection"
        f" {projection}, as where a map reaches over the meridian 180 deg from its CRVAL1; write"
        " it with a CRVAL1 within the map"
    )


def _lost(coverage: ObservedPixels, wcs: WCS, points: Points) -> NDArray[np.bool_]:
    """Which points, in units of blocks, have no place on the sky."""
    lon, _ = wcs.wcs_pix2world(points * coverage.step - 0.5, 0).T
    return np.asarray(np.isnan(lon))
