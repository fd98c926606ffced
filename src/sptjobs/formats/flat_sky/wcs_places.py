"""From north-up gnomonic stamps to the pixels of maps of any projection, many stamps a call.

The map's projection is wcslib's, once for all pixels; what would be done anew for each stamp,
objects of a WCS and of a frame, is not done at all.
"""

from collections.abc import Sequence

import numpy as np

from sptjobs.formats.flat_sky.wcs import record_frame, record_wcs, sky_to_pixel
from sptjobs.formats.flat_sky.zenithal import MapPlaces
from sptjobs.formats.map_content import OutputGrid
from sptjobs.formats.north_up import directions_of, offsets_of
from sptjobs.formats.sky_positions import ROTATED, Floats, rotation
from sptjobs.maps.record import MapRecord

_SPAN = 8.0
"""How many times as wide as it is a stamp may be on the map: one over the seam of an all-sky map
would need most of it."""


def wcs_places(record: MapRecord, grids: Sequence[OutputGrid]) -> MapPlaces | None:
    """Map pixels of north-up gnomonic grids of one shape and scale.

    None where the projection does not reach one of them, or stretches it too far.
    """
    offsets = offsets_of(grids)
    if offsets is None:
        return None
    directions = directions_of(grids, *offsets)
    if record.frame in ROTATED:
        lon, lat = _angles(np.tensordot(rotation(record_frame(record)), directions, axes=1))
        x, y = record_wcs(record).wcs_world2pix(lon.ravel(), lat.ravel(), 0)
    else:
        ra, dec = _angles(directions)
        x, y = sky_to_pixel(record, ra.ravel(), dec.ravel())
    places = MapPlaces(*(np.asarray(axis).reshape(directions.shape[1:]) for axis in (x, y)))
    return places if _is_compact(places, record, grids[0]) else None


def _angles(directions: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of directions [deg]."""
    x, y, z = directions
    lon, lat = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
    return np.degrees(lon), np.degrees(lat)


def _is_compact(places: MapPlaces, record: MapRecord, grid: OutputGrid) -> bool:
    ratio = max(1.0, grid.pixel_scale / record.pixel_scale_arcmin)
    widest = _SPAN * (max(grid.shape) + 8) * ratio
    # A place that is no number makes every comparison false.
    return all(bool((np.ptp(axis, axis=(1, 2)) <= widest).all()) for axis in places)
