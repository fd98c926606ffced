"""Stamps of one target that can be put together pixel by pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord

_SAME_PLACE = 1e-6
"""Pixels, degrees and degrees a pixel by which grids may differ and still be one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A map whose stamp was taken: with how many of its pixels, and with which mean weight."""

    record: MapRecord
    pixels: int
    weight: float


class OneGrid:
    """What stamps of one target must share: units, shape, and the places of their pixels.

    Parameters
    ----------
    target
        What the stamps are of.
    record, first
        A map and its stamp, whose units and grid are those of all; it is not taken.

    Attributes
    ----------
    wcs, shape
        WCS cards of the stamps, and their rows and columns.
    members
        What was taken, by the id of the map.
    """

    def __init__(self, target: PartTarget, record: MapRecord, first: Stamp) -> None:
        # Not the stamp itself, which keeps the pixels of all that were cut with it.
        self.target, self.wcs = target, first.wcs
        self.members: dict[str, Member] = {}
        self._units = record.unit, record.weight_unit
        self._place = first.targ_x, first.targ_y, first.north
        self.shape = first.sci.shape
        self._dtype = first.sci.dtype.newbyteorder("=")

    def can_have(self, record: MapRecord, stamp: Stamp) -> bool:
        """Whether a stamp has the same units, and its pixels are at the same places of the sky."""
        return (
            self._units == (record.unit, record.weight_unit)
            and self.shape == stamp.sci.shape
            and is_one_grid(self.wcs, stamp.wcs)
        )

    def is_beside(self, other: "OneGrid") -> bool:
        """Whether its pixels are those of another one, whatever the units."""
        return self.shape == other.shape and is_one_grid(self.wcs, other.wcs)

    def note(self, record: MapRecord, stamp: Stamp) -> None:
        """Note a map whose stamp was taken."""
        pixels = int(np.count_nonzero(stamp.observed))
        weight = float(weights_of(stamp).sum() / max(pixels, 1))
        self.members[record.map_id] = Member(record, pixels, weight)

    @property
    def common_record(self) -> MapRecord:
        """The record of a member, for what all of them have in common."""
        return next(iter(self.members.values())).record


def weights_of(stamp: Stamp) -> NDArray[np.float64]:
    """Weights in double precision, 0 where the stamp is not observed."""
    return np.where(stamp.observed, stamp.wgt, 0).astype(np.float64)


def is_one_grid(own: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether pixels of two WCS are at the same places of the sky."""
    return own.keys() == other.keys() and all(_alike(own[name], other[name]) for name in own)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= _SAME_PLACE
    return bool(one == other)
