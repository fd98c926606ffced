"""Points of light curves: flux densities, and the pixel that holds a target, of observations.

Both are of the map's own pixels, whatever the stamps are made as.
"""

from dataclasses import replace
from functools import lru_cache
from math import isfinite, sqrt

from sptjobs.cutouts.photometry.flux import Flux, NoFlux, error_scale, measure_flux
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.opening.known_formats import format_of
from sptjobs.maps.map_error import MapError
from sptjobs.maps.polarisation_plane import INTENSITY
from sptjobs.maps.record import MapRecord
from sptjobs.packs.points import Epoch, Point
from sptjobs.uws.mjd import modified_julian_date
from sptjobs.uws.pair_status import Status

_NO_UNIT = "no unit is confirmed for this map, so its pixels have no value that means something"
_WEIGHTED = "the map's pixels are multiplied by their weights"
_UNOBSERVED = "the pixel that holds the target is not observed"


def read_point(opened: OpenMap, target: PartTarget, pair: Pair) -> Point | None:
    """Read a map at a target; None when it gives no point: a coadd, or a target beside it."""
    record = opened.record
    if not _has_point(record, pair):
        return None
    try:
        value, weight = opened.pixel(pair.x, pair.y)
    except MapError as refused:
        if record.states[0] == INTENSITY:
            raise
        # What cannot be turned has native stamps all the same.
        return _point(target, record, Status.FAILED, reason=str(refused))
    known = weight if record.has_weights and isfinite(weight) else None
    if not (weight > 0 and isfinite(value)):
        return _point(target, record, Status.NO_DATA, weight=known, reason=_UNOBSERVED)
    if record.unit is None:
        return _point(target, record, Status.FAILED, weight=known, reason=_NO_UNIT)
    if opened.is_weighted:
        return _point(target, record, Status.FAILED, weight=known, reason=_WEIGHTED)
    scale = error_scale(record.unit, record.weight_unit)
    error = None if scale is None or known is None else scale / sqrt(weight)
    point = _point(target, record, Status.OK, value=value, error=error, weight=known)
    return _with_flux(point, measure_flux(opened, target, pair))


def _with_flux(point: Point, found: Flux | NoFlux) -> Point:
    """Add the flux density to a point, or why it has none."""
    if isinstance(found, Flux):
        return replace(
            point,
            flux=found.value,
            flux_err=found.error,
            method=found.method,
            coverage=found.coverage,
            flags=found.flags or None,
        )
    point = replace(point, reason=found.reason, coverage=found.coverage)
    if found.is_unobserved:
        return replace(point, status=Status.NO_DATA.value, value=None, error=None)
    return point


def failed_point(record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> Point | None:
    """Make the point of a pair that failed; None where there would be none anyway."""
    if not _has_point(record, pair):
        return None
    return _point(target, record, Status.FAILED, reason=reason)


def _has_point(record: MapRecord, pair: Pair) -> bool:
    """Whether a target is on the map, and the map no coadd, which has no time."""
    if record.tag is not None or record.date_beg is None:
        return False
    if not pair.is_placed:
        # It might have been on the map.
        return True
    return format_of(record).holds(record, pair.x, pair.y)


def _point(
    target: PartTarget, record: MapRecord, status: Status, *, reason: str | None = None,
    value: float | None = None, error: float | None = None, weight: float | None = None,
) -> Point:  # fmt: skip
    return Point(
        target=target.index,
        objid=target.objid,
        ra=target.ra,
        dec=target.dec,
        epoch=_epoch(record),
        status=status.value,
        value=value,
        error=error,
        weight=weight,
        reason=reason,
    )


def _epoch(record: MapRecord) -> Epoch:
    mjd, duration = _middle(record.date_beg or "", record.date_end)
    return Epoch(
        band=record.band,
        filetype=record.filetype,
        field=record.field,
        obsid=record.obsid,
        map_id=record.map_id,
        mjd=mjd,
        duration=duration,
        unit=record.unit,
        weight_unit=record.weight_unit,
    )


@lru_cache
def _middle(begin: str, end: str | None) -> tuple[float, float | None]:
    """Middle of an observation [MJD, UTC] and its duration [s]."""
    first = modified_julian_date(begin)
    if end is None:
        return first, None
    last = modified_julian_date(end)
    return (first + last) / 2, round((last - first) * 86_400, 3)
