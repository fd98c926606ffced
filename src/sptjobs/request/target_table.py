"""The targets of a request as columns, which a million of them need to fit into memory."""

import math
from array import array
from collections.abc import Callable, Sequence

from sptjobs.request.cutout_request import Target
from sptjobs.request.text_column import MadeSequence, TextColumn


class TargetPlaces:
    """Where targets are and what of the sky is asked for, in columns.

    Attributes
    ----------
    ra, dec, xsize, ysize, tmin, tmax
        As ``Target`` has them, NaN for None.
    regions
        By the place of their target.
    """

    def __init__(self, targets: Sequence[Target] = ()) -> None:
        self.ra = array("d", [target.ra for target in targets])
        self.dec = array("d", [target.dec for target in targets])
        self.xsize = array("d", [target.xsize for target in targets])
        self.ysize = array("d", [target.ysize for target in targets])
        self.tmin = array("d", [_or_nan(target.tmin) for target in targets])
        self.tmax = array("d", [_or_nan(target.tmax) for target in targets])
        self.regions = {
            place: target.region
            for place, target in enumerate(targets)
            if target.region is not None
        }


class TargetColumns(TargetPlaces, MadeSequence[Target]):
    """Targets, in some 70 bytes each and their texts.

    Attributes
    ----------
    objids, stacks
        Names, and what tells the stacks apart; blank for none.
    """

    def __init__(self, targets: Sequence[Target] = ()) -> None:
        super().__init__(targets)
        self.objids = TextColumn(target.objid for target in targets)
        self.stacks = TextColumn(target.stack or "" for target in targets)

    @classmethod
    def of(cls, targets: Sequence[Target]) -> "TargetColumns":
        """Targets as columns, which they may be already."""
        if isinstance(targets, cls):
            return targets
        return cls(targets)

    def append(self, target: Target) -> None:
        """Add a target."""
        if target.region is not None:
            self.regions[len(self)] = target.region
        self.objids.append(target.objid)
        self.stacks.append(target.stack or "")
        self.ra.append(target.ra)
        self.dec.append(target.dec)
        self.xsize.append(target.xsize)
        self.ysize.append(target.ysize)
        self.tmin.append(_or_nan(target.tmin))
        self.tmax.append(_or_nan(target.tmax))

    def name_blank(self, name: Callable[[float, float], str]) -> None:
        """Name the targets that have no name, in order, by their positions [deg]."""
        names = zip(self.objids, self.ra, self.dec, strict=True)
        self.objids = TextColumn(objid or name(ra, dec) for objid, ra, dec in names)

    def __len__(self) -> int:
        return len(self.ra)

    def _at(self, place: int) -> Target:
        return Target(
            self.objids[place],
            self.ra[place],
            self.dec[place],
            self.xsize[place],
            self.ysize[place],
            _or_none(self.tmin[place]),
            _or_none(self.tmax[place]),
            self.regions.get(place),
            self.stacks[place] or None,
        )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
