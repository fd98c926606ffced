"""All targets on one map, at once: which are on it, where, and which miss it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.geometry import first_pixel, pixels_across
from sptjobs.formats.flat_sky.wcs import Floats, Positions
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from sptjobs.uws.mjd import modified_julian_date

Indices = NDArray[np.int64]


class TargetTable:
    """The targets of a request as columns.

    Attributes
    ----------
    positions
        Where they are.
    xsize, ysize
        Sizes [arcmin].
    tmin, tmax
        Times that maps must be observed in [MJD], infinite where open.
    timed
        Whether a target has either.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self.positions = Positions(
            _column([target.ra for target in targets]), _column([target.dec for target in targets])
        )
        self.xsize = _column([target.xsize for target in targets])
        self.ysize = _column([target.ysize for target in targets])
        self.tmin = _column([-np.inf if t.tmin is None else t.tmin for t in targets])
        self.tmax = _column([np.inf if t.tmax is None else t.tmax for t in targets])
        self.timed = np.isfinite(self.tmin) | np.isfinite(self.tmax)

    def asking_for(self, record: MapRecord) -> Indices:
        """Indices of the targets that ask for a map, by their own times."""
        if record.date_beg is None:
            return np.flatnonzero(~self.timed)
        day = modified_julian_date(record.date_beg)
        return np.flatnonzero((self.tmin <= day) & (day <= self.tmax))


@dataclass(frozen=True, slots=True, eq=False)
class MapPlan:
    """All targets on one map.

    Attributes
    ----------
    targets, x, y, north
        Index of each target to cut, its pixel and the direction of north there,
        sorted by the first map row that its stamp needs.
    rows, ends
        That row, and the end of the rows.
    pixels
        Pixels of each stamp.
    settled
        Targets whose stamps miss the map.
    """

    record: MapRecord
    suffix: str
    targets: Indices
    x: Floats
    y: Floats
    north: Floats
    rows: Floats
    ends: Floats
    pixels: Floats
    settled: Indices


def pair_up(request: CutoutRequest, table: TargetTable, record: MapRecord, suffix: str) -> MapPlan:
    """Pair the targets of a request with a map.

    A pair is settled here when its stamp cannot meet the map: exactly so for
    native stamps, generously for TAN ones, whose outline is not projected yet.
    Without a stamp, the one pixel that holds the target must be on the map.
    """
    asked = table.asking_for(record)
    x, y, north = table.positions.on(record, asked)
    scale, (ny, nx) = record.pixel_scale_arcmin, record.shape
    xsize, ysize = _sizes(request, table, asked, scale)
    width, height = pixels_across(xsize, scale), pixels_across(ysize, scale)
    rows = first_pixel(y, height)
    if request.makes_stamps and request.projection is Projection.TAN:
        # Whichever way north points, and however the projection stretches there.
        reach_x = reach_y = 2 * np.ceil(np.hypot(width, height)) + 4
    else:
        reach_x, reach_y = width, height
    # Where the projection does not reach, pixels are NaN and compare as false.
    meets = _overlaps(x, reach_x, nx) & _overlaps(y, reach_y, ny)
    kept = np.flatnonzero(meets)
    kept = kept[np.lexsort((asked[kept], x[kept], rows[kept]))]
    output = request.pixel_scale if request.projection is Projection.TAN else None
    across, up = (pixels_across(size[kept], output or scale) for size in (xsize, ysize))
    return MapPlan(
        record=record,
        suffix=suffix,
        targets=asked[kept],
        x=x[kept],
        y=y[kept],
        north=north[kept],
        rows=np.clip(rows[kept], 0, ny),
        ends=np.clip(rows[kept] + height[kept], 0, ny),
        pixels=across * up,
        settled=asked[~meets],
    )


def _sizes(
    request: CutoutRequest, table: TargetTable, asked: Indices, scale: float
) -> tuple[Floats, Floats]:
    """Sizes of the stamps, or of a pixel where none are made [arcmin]."""
    if request.makes_stamps:
        return table.xsize[asked], table.ysize[asked]
    return np.full(len(asked), scale), np.full(len(asked), scale)


def _overlaps(place: Floats, count: Floats, side: int) -> NDArray[np.bool_]:
    """Whether ``count`` pixels around a place meet an axis of ``side`` pixels."""
    first = first_pixel(place, count)
    return np.asarray((first < side) & (first + count > 0))


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
