"""The weighted mean of the stamps of one target, one added after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord

_Floats = NDArray[np.float64]

_SAME_PLACE = 1e-6
"""Pixels, degrees and degrees a pixel by which grids may differ and still be one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A map that is in a coadd: with how many of its pixels, and with which mean weight."""

    record: MapRecord
    pixels: int
    weight: float


class Coadd:
    """The mean of stamps of one grid, weighted by WGT: sum of w s over sum of w.

    It takes memory for two numbers a pixel, however many stamps are added.

    Parameters
    ----------
    target
        What the stamps are of.
    record, first
        A map and its stamp, whose units and grid are those of all; it is not added.

    Attributes
    ----------
    weight
        The sum of weights of each pixel, 0 where no stamp is observed.
    members
        What was added, by the id of the map.
    """

    def __init__(self, target: PartTarget, record: MapRecord, first: Stamp) -> None:
        # Not the stamp itself, which keeps the pixels of all that were cut with it.
        self.target, self._wcs = target, first.wcs
        self._units = record.unit, record.weight_unit
        self._place = first.targ_x, first.targ_y, first.north
        self._dtype = first.sci.dtype.newbyteorder("=")
        self._sum: _Floats = np.zeros(first.sci.shape)
        self.weight: _Floats = np.zeros(first.sci.shape)
        self.members: dict[str, Member] = {}

    def can_have(self, record: MapRecord, stamp: Stamp) -> bool:
        """Whether a stamp has the same units, and its pixels are at the same places of the sky."""
        return (
            self._units == (record.unit, record.weight_unit)
            and self.weight.shape == stamp.sci.shape
            and is_one_grid(self._wcs, stamp.wcs)
        )

    def add(self, record: MapRecord, stamp: Stamp) -> None:
        """Add the observed pixels of a stamp of the grid."""
        observed = stamp.observed
        weight = weights_of(stamp)
        self._sum += weight * np.where(observed, stamp.sci, 0)
        self.weight += weight
        pixels = int(np.count_nonzero(observed))
        self.members[record.map_id] = Member(record, pixels, float(weight.sum() / max(pixels, 1)))

    @property
    def common_record(self) -> MapRecord:
        """The record of a member, for what all of them have in common."""
        return next(iter(self.members.values())).record

    @property
    def mean(self) -> _Floats:
        """The weighted mean; NaN where no stamp is observed."""
        observed = self.weight > 0
        return np.where(observed, self._sum / np.where(observed, self.weight, 1), np.nan)

    @property
    def stamp(self) -> Stamp:
        """The coadd as a stamp: weighted mean, and sum of the weights."""
        sci, wgt = self.mean.astype(self._dtype), self.weight.astype(self._dtype)
        return Stamp(sci, wgt, self._wcs, *self._place)


def weights_of(stamp: Stamp) -> _Floats:
    """Weights in double precision, 0 where the stamp is not observed."""
    return np.where(stamp.observed, stamp.wgt, 0).astype(np.float64)


def is_one_grid(own: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether pixels of two WCS are at the same places of the sky."""
    return own.keys() == other.keys() and all(_alike(own[name], other[name]) for name in own)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= _SAME_PLACE
    return bool(one == other)
