"""Stamps of the observations of one target, kept until all of them are there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.coadds.one_grid import Member, OneGrid
from sptjobs.cutouts.epochs.kept_pixels import KeptPixels
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord

_MAX_PIXELS = 2 << 20
"""Most pixels of the stamps of one file: 16 MiB with their weights."""


class _Epoch(NamedTuple):
    """A member, and where its pixels and weights are kept."""

    member: Member
    sci: int
    wgt: int | None


class Epochs(OneGrid):
    """Stamps of one grid, which are as many as a file can have.

    Parameters
    ----------
    target, record, first
        As of ``OneGrid``.
    kept
        Where their pixels are kept.
    keeps_weights
        Whether the weights are kept, too.
    """

    def __init__(
        self,
        target: PartTarget,
        record: MapRecord,
        first: Stamp,
        kept: KeptPixels,
        *,
        keeps_weights: bool = True,
    ) -> None:
        super().__init__(target, record, first)
        self._kept = kept
        self._keeps_weights = keeps_weights
        self._room = max(1, _MAX_PIXELS // first.sci.size)
        self._epochs: list[_Epoch] = []

    @property
    def is_full(self) -> bool:
        """Whether it takes no more."""
        return len(self.members) >= self._room

    def can_have(self, record: MapRecord, stamp: Stamp) -> bool:
        """Whether there is room, and a stamp has the same units and grid."""
        return not self.is_full and super().can_have(record, stamp)

    def add(self, record: MapRecord, stamp: Stamp) -> None:
        """Keep a stamp, NaN and 0 where it is not observed."""
        self.note(record, stamp)
        wgt = self._kept.keep(stamp.wgt_alone) if self._keeps_weights else None
        sci = self._kept.keep(stamp.sci_alone)
        self._epochs.append(_Epoch(self.members[record.map_id], sci, wgt))

    def let_go(self) -> None:
        """Forget the pixels."""
        self._epochs.clear()

    @property
    def place(self) -> tuple[float, float, float]:
        """The target in the FITS pixels of the stamps, and the direction of north [deg]."""
        return self._place

    @property
    def in_time(self) -> list[Member]:
        """The observations in order of time."""
        return [epoch.member for epoch in self._sorted()]

    @property
    def sci(self) -> NDArray[Any]:
        """Pixels (n, ny, nx) in order of time."""
        return self._read([epoch.sci for epoch in self._sorted()])

    @property
    def wgt(self) -> NDArray[Any]:
        """Weights (n, ny, nx) in order of time, if they are kept."""
        return self._read([epoch.wgt for epoch in self._sorted() if epoch.wgt is not None])

    def _read(self, places: Sequence[int]) -> NDArray[Any]:
        found = np.empty((len(places), *self.shape), self._dtype)
        for place, layer in zip(places, found, strict=True):
            self._kept.read(place, layer)
        return found

    def _sorted(self) -> list[_Epoch]:
        return sorted(self._epochs, key=lambda epoch: _when(epoch.member.record))


def _when(record: MapRecord) -> tuple[str, str]:
    return record.date_beg or "", record.map_id
