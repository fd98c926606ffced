"""Native stamps: the map's own pixels, not one of them touched."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp, as_floats
from sptjobs.formats.flat_sky.geometry import Box, stamp_box, stamp_shape
from sptjobs.formats.flat_sky.open_map import OpenMap
from sptjobs.formats.flat_sky.wcs import full_cards
from sptjobs.maps.record import MapRecord


def native_box(record: MapRecord, target: PartTarget, pair: Pair) -> Box:
    """The map pixels of a stamp at full size; it may reach over the map's edge."""
    shape = stamp_shape(target.xsize, target.ysize, record.pixel_scale_arcmin)
    return stamp_box(pair.x, pair.y, shape)


def native_stamp(opened: OpenMap, target: PartTarget, pair: Pair, *, pad: bool) -> Stamp | None:
    """Cut a stamp of map pixels; None when it misses the map.

    Over the map's edge SCI is NaN and WGT 0, or the stamp is clipped unless ``pad``.
    """
    box = native_box(opened.record, target, pair)
    inside = box.clipped(opened.record.shape)
    if inside.is_empty:
        return None
    if not pad:
        box = inside
    wcs = full_cards(opened.record)
    wcs["CRPIX1"] = float(wcs["CRPIX1"]) - box.x0
    wcs["CRPIX2"] = float(wcs["CRPIX2"]) - box.y0
    return Stamp(
        sci=_padded(opened.sci.window(inside), inside, box, np.nan),
        wgt=_padded(opened.wgt.window(inside), inside, box, 0.0),
        wcs=wcs,
        targ_x=pair.x - box.x0 + 1,
        targ_y=pair.y - box.y0 + 1,
        north=pair.north,
    )


def _padded(pixels: NDArray[Any], inside: Box, box: Box, fill: float) -> NDArray[Any]:
    pixels = as_floats(pixels)
    if inside == box:
        return pixels
    stamp = np.full(box.shape, fill, dtype=pixels.dtype)
    stamp[inside.y0 - box.y0 : inside.y1 - box.y0, inside.x0 - box.x0 : inside.x1 - box.x0] = pixels
    return stamp
