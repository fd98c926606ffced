"""HEALPix maps on the grids of north-up stamps: the nearest pixel, or four of them weighted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.healpix.pixel_layout import PixelLayout
from sptjobs.formats.healpix.pixel_rows import PixelRows, weights_or_ones
from sptjobs.formats.map_content import OutputGrid, Pixels
from sptjobs.formats.north_up import axes_of, directions_of, offsets_of
from sptjobs.formats.polarisation import turned
from sptjobs.formats.sky_positions import Floats, Indices
from sptjobs.maps.map_error import MapError
from sptjobs.request.cutout_request import Order


def sampled_north_up(
    rows: PixelRows, layout: PixelLayout, grids: Sequence[OutputGrid], order: Order
) -> tuple[Pixels, Pixels] | None:
    """Pixels and weights (n, ny, nx) of grids of one shape; None when one is off the map.

    Q and U are turned to the grids' north (+y), the angle growing from north to east (IAU).
    """
    offsets = offsets_of(grids)
    if offsets is None:
        raise MapError("stamps of a HEALPix map are TAN ones with north up")
    pixelisation = layout.pixelisation
    places = pixelisation.angles(directions_of(grids, *offsets))
    nearest = pixelisation.pixels(*places)
    if order is Order.BILINEAR:
        pixels, shares = pixelisation.neighbours(*places)
    else:
        pixels, shares = nearest[None], np.ones((1, *nearest.shape))
    every = np.unique(np.concatenate([nearest.ravel(), pixels.ravel()]))
    stored = rows.places(every)
    at = np.searchsorted(every, nearest)
    if not (stored[at] >= 0).any(axis=(1, 2)).all():
        return None
    observed = _Values.of(rows, layout, stored)
    which = np.searchsorted(every, pixels)
    values = observed.sci[which]
    if observed.partner is not None:
        values = _to_north(layout, grids, (values, observed.partner[which]), pixels)
    # A pixel without a share may have any value, or none.
    sci = np.where(shares > 0, values * shares, 0.0).sum(axis=0)
    wgt = observed.wgt[at]
    sci[~(wgt > 0)] = np.nan
    return sci.astype(observed.sci.dtype), wgt


class _Values:
    """Values of pixels, NaN and weight 0 where they are not observed or not stored."""

    def __init__(
        self, sci: NDArray[np.floating], wgt: NDArray[np.floating], partner: Pixels | None
    ) -> None:
        self.sci, self.wgt, self.partner = sci, wgt, partner

    @classmethod
    def of(cls, rows: PixelRows, layout: PixelLayout, stored: Indices) -> "_Values":
        """Read them.

        Parameters
        ----------
        stored
            Places, -1 where there is none.
        """
        there = np.flatnonzero(stored >= 0)
        order = there[np.argsort(stored[there], kind="stable")]
        places = stored[order]
        columns = [layout.sci] if layout.partner is None else [layout.sci, layout.partner]
        read = [rows.values(column, places) for column in columns]
        weights = weights_or_ones(rows, layout.wgt, places)
        good = np.logical_and.reduce([weights > 0, *map(np.isfinite, read)])
        wgt = np.zeros(len(stored), weights.dtype)
        wgt[order] = weights
        planes = [np.full(len(stored), np.nan, values.dtype) for values in read]
        for plane, values in zip(planes, read, strict=True):
            plane[order[good]] = values[good]
        return cls(planes[0], wgt, planes[1] if len(planes) > 1 else None)


def _to_north(
    layout: PixelLayout, grids: Sequence[OutputGrid], pair: tuple[Pixels, Pixels], pixels: Indices
) -> Floats:
    """Values of Q or U, whichever the map is, (4 or 1, n, ny, nx), against the grids' north."""
    directions = layout.pixelisation.directions(pixels)
    targets = [(float(grid.wcs["CRVAL1"]), float(grid.wcs["CRVAL2"])) for grid in grids]
    up = np.array([axes_of(*np.radians(target))[2] for target in targets]).T
    poles = (layout.pixelisation.pole.reshape(3, 1, 1, 1, 1), up[:, None, :, None, None])
    return turned(layout.stokes, pair, directions, poles, is_iau=layout.is_iau)
