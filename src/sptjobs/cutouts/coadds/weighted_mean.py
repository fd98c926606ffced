"""The weighted mean of the stamps of one target, one added after the other."""

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.coadds.one_grid import OneGrid, weights_of
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord

_Floats = NDArray[np.float64]


class Coadd(OneGrid):
    """The mean of stamps of one grid, weighted by WGT: sum of w s over sum of w.

    It takes memory for two numbers a pixel, however many stamps are added.

    Parameters
    ----------
    target, record, first
        As of ``OneGrid``.

    Attributes
    ----------
    weight
        The sum of weights of each pixel, 0 where no stamp is observed.
    """

    def __init__(self, target: PartTarget, record: MapRecord, first: Stamp) -> None:
        super().__init__(target, record, first)
        self._sum: _Floats = np.zeros(first.sci.shape)
        self.weight: _Floats = np.zeros(first.sci.shape)

    def add(self, record: MapRecord, stamp: Stamp) -> None:
        """Add the observed pixels of a stamp of the grid."""
        weight = weights_of(stamp)
        self._sum += weight * np.where(stamp.observed, stamp.sci, 0)
        self.weight += weight
        self.note(record, stamp)

    @property
    def mean(self) -> _Floats:
        """The weighted mean; NaN where no stamp is observed."""
        observed = self.weight > 0
        return np.where(observed, self._sum / np.where(observed, self.weight, 1), np.nan)

    @property
    def stamp(self) -> Stamp:
        """The coadd as a stamp: weighted mean, and sum of the weights."""
        sci, wgt = self.mean.astype(self._dtype), self.weight.astype(self._dtype)
        return Stamp(sci, wgt, self.wcs, *self._place)
