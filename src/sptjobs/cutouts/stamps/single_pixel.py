"""Points of light curves: single observations at the one pixel that holds a target.

The pixel is the map's own, whatever the stamps are made as: no resampling mixes
neighbours, whose noise is not independent, into a value.
"""

from functools import lru_cache
from math import isfinite, sqrt

from astropy import units

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.formats.known_formats import format_of
from sptjobs.formats.map_format import OpenMap
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
    value, weight = opened.pixel(pair.x, pair.y)
    known = weight if record.has_weights and isfinite(weight) else None
    if not (weight > 0 and isfinite(value)):
        return _point(target, record, Status.NO_DATA, weight=known, reason=_UNOBSERVED)
    if record.unit is None:
        return _point(target, record, Status.FAILED, weight=known, reason=_NO_UNIT)
    if opened.is_weighted:
        return _point(target, record, Status.FAILED, weight=known, reason=_WEIGHTED)
    scale = error_scale(record.unit, record.weight_unit)
    error = None if scale is None or known is None else scale / sqrt(weight)
    return _point(target, record, Status.OK, value=value, error=error, weight=known)


def failed_point(record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> Point | None:
    """Make the point of a pair that failed; None where there would be none anyway."""
    if not _has_point(record, pair):
        return None
    return _point(target, record, Status.FAILED, reason=reason)


@lru_cache
def error_scale(unit: str, weight_unit: str | None) -> float | None:
    """What 1 / sqrt(weight) has to be multiplied by to be an error in ``unit``.

    None where the weights are not known to be inverse variances: a wrong error
    would be worse than none.
    """
    if weight_unit is None:
        return None
    try:
        deviation = units.Unit(weight_unit, format="fits") ** -0.5
        return float(deviation.to(units.Unit(unit, format="fits")))
    except (ValueError, TypeError):
        return None


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
