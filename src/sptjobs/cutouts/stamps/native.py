"""Native stamps: the map's own pixels, not one of them touched."""

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_format import Need, OpenMap


def native_need(target: PartTarget, pair: Pair) -> Need:
    """What a stamp needs of the map."""
    return Need(pair.x, pair.y, target.xsize, target.ysize)


def native_stamp(opened: OpenMap, target: PartTarget, pair: Pair, *, pad: bool) -> Stamp | None:
    """Cut a stamp of map pixels; None when it misses the map.

    Over the map's edge SCI is NaN and WGT 0, or the stamp is clipped unless ``pad``.
    """
    window = opened.native(native_need(target, pair), pad=pad)
    if window is None:
        return None
    return Stamp(window.sci, window.wgt, window.wcs, window.x, window.y, pair.north)
