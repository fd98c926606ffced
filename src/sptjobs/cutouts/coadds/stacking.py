"""The weighted mean of the stamps of many targets, with two errors of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.coadds.one_grid import weights_of
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord

_Floats = NDArray[np.float64]


@dataclass(slots=True)
class Stacked:
    """A target that is in a stack: with how many stamps and pixels, and their sum of weights."""

    target: PartTarget
    stamps: int = 0
    pixels: int = 0
    weight: float = 0.0

    @property
    def mean_weight(self) -> float:
        """Mean weight of its pixels."""
        return self.weight / self.pixels


class StackSum:
    """Sums over stamps of one shape, unit and pixel scale, each with its target at one place.

    It takes memory for six numbers a pixel and one row a target, however many stamps are added.

    Parameters
    ----------
    record, first
        A map and its stamp, whose units and shape are those of all; it is not added.

    Attributes
    ----------
    record
        What the maps have in common is as in this one.
    targets
        What was added, by the index of the target.
    stamps
        How many stamps were added.
    """

    def __init__(self, record: MapRecord, first: Stamp) -> None:
        self.record = record
        self.place = first.targ_x, first.targ_y
        self.scale_arcmin = float(first.wcs["CDELT2"]) * 60
        self.targets: dict[int, Stacked] = {}
        self.stamps = 0
        self.count = np.zeros(first.sci.shape, np.int32)
        self.weight, self._sum, self._w2, self._w2s, self._w2s2 = np.zeros((5, *first.sci.shape))

    def can_have(self, record: MapRecord, stamp: Stamp) -> bool:
        """Whether a stamp has the same units, shape and pixel scale."""
        own = self.record
        return (
            (own.unit, own.weight_unit) == (record.unit, record.weight_unit)
            and self.weight.shape == stamp.sci.shape
            and abs(float(stamp.wcs["CDELT2"]) * 60 - self.scale_arcmin) < 1e-6
        )

    def add(self, target: PartTarget, stamp: Stamp) -> None:
        """Add the observed pixels of a stamp."""
        observed, w = stamp.observed, weights_of(stamp)
        s = np.where(observed, stamp.sci, 0).astype(np.float64)
        known = self.targets.setdefault(target.index, Stacked(target))
        known.stamps += 1
        known.pixels += int(np.count_nonzero(observed))
        known.weight += float(w.sum())
        self.count += observed
        self.weight += w
        self._sum += w * s
        w *= w
        self._w2 += w
        w *= s
        self._w2s += w
        self._w2s2 += w * s
        self.stamps += 1

    @property
    def mean(self) -> _Floats:
        """The weighted mean; NaN where no stamp is observed."""
        seen = self.weight > 0
        return np.where(seen, self._sum / np.where(seen, self.weight, 1), np.nan)

    @property
    def error(self) -> _Floats:
        """Standard deviation of the mean as the stamps scatter around it; NaN of less than two.

        For weights w, stamps s and their mean m: sqrt(n / (n - 1) sum(w^2 (s - m)^2)) / sum(w).
        It needs no weights that are inverse variances, and holds whatever differs from target
        to target.
        """
        several = self.count > 1
        mean = np.where(several, self.mean, 0)
        squares = self._w2s2 - 2 * mean * self._w2s + mean**2 * self._w2
        n = np.where(several, self.count, 2)
        variance = n / (n - 1) * np.clip(squares, 0, None) / np.where(several, self.weight, 1) ** 2
        return np.where(several, np.sqrt(variance), np.nan)
