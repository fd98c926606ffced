"""Native stamps: the map's own pixels, not one of them touched."""

from collections.abc import Sequence

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.placement import Need


def native_need(target: PartTarget, pair: Pair) -> Need:
    """What a stamp needs of the map."""
    return Need(pair.x, pair.y, pair.xsize or target.xsize, pair.ysize or target.ysize)


def native_stamp(opened: OpenMap, target: PartTarget, pair: Pair, *, pad: bool) -> Stamp | None:
    """Cut a stamp of map pixels; None when it misses the map.

    Over the map's edge SCI is NaN and WGT 0, or the stamp is clipped unless ``pad``.
    """
    window = opened.native(native_need(target, pair), pad=pad)
    if window is None:
        return None
    return Stamp(window.sci, window.wgt, window.wcs, window.x, window.y, pair.north)


def native_sheet(
    opened: OpenMap, targets: Sequence[PartTarget], pairs: Sequence[Pair], *, pad: bool
) -> StampSheet | None:
    """Cut stamps of one size; None where they have to be cut one by one."""
    windows = opened.natives(list(map(native_need, targets, pairs)), pad=pad)
    return None if windows is None else StampSheet(windows, [pair.north for pair in pairs])
