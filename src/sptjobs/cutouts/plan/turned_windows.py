"""Windows of regions on a map that is turned against the sky."""

import math
from collections.abc import Mapping

from sptjobs.formats.sky_positions import Floats, Indices
from sptjobs.maps.record import MapRecord
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN
from sptjobs.sky.circle import Circle
from sptjobs.sky.region import Region, bounding_window, window_sides
from sptjobs.sky.vectors import separation, unit_vector

_NO_REGION = Circle(0.0, 0.0, 0.0)


def turned_sides(
    record: MapRecord, regions: Mapping[int, Region], targets: Indices, north: Floats
) -> dict[int, tuple[float, float]]:
    """Width and height [arcmin] of the window of each target that has a region.

    Parameters
    ----------
    regions
        By the index of the target.
    targets, north
        Indices of the targets on the map, and position angles of north there, from +y,
        counter-clockwise [deg].
    """
    if not regions:
        return {}
    pairs = zip(targets.tolist(), north.tolist(), strict=True)
    return {
        index: _sides(record, regions[index], angle)
        for index, angle in pairs
        # Circles are as wide however they are turned.
        if not isinstance(regions.get(index, _NO_REGION), Circle) and not math.isnan(angle)
    }


def _sides(record: MapRecord, region: Region, north: float) -> tuple[float, float]:
    window = bounding_window(region)
    if window is None:
        return MAX_SIZE_ARCMIN, MAX_SIZE_ARCMIN
    # On a map of the other parity the same angle turns the other way.
    across = [window_sides(region, window.ra, window.dec, turn) for turn in (north, -north)]
    stretch = _stretch(record, window.ra, window.dec)
    width, height = (max(each) * 60 * stretch for each in zip(*across, strict=True))
    # A stamp's middle is up to half a pixel beside the window's.
    more = record.pixel_scale_arcmin
    return _bounded(width + more), _bounded(height + more)


def _stretch(record: MapRecord, ra: float, dec: float) -> float:
    """By how much a zenithal equal-area map stretches circles around its middle, at most.

    Calabretta & Greisen 2002, section 5.1.7: by the inverse of the cosine of half the distance.
    """
    if record.projection != "ZEA" or record.frame not in {"ICRS", "FK5"}:
        return 1.0
    middle = unit_vector(float(record.wcs["CRVAL1"]), float(record.wcs["CRVAL2"]))
    return 1 / max(0.5, math.cos(separation(middle, unit_vector(ra, dec)) / 2))


def _bounded(side: float) -> float:
    return min(MAX_SIZE_ARCMIN, max(MIN_SIZE_ARCMIN, side))
