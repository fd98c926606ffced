"""All targets on one map, at once: which are on it, where, and which miss it."""

import logging
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sptjobs.cutouts.plan.turned_windows import turned_sides
from sptjobs.forecast.cost import Cost
from sptjobs.formats.geometry import pixels_across
from sptjobs.formats.opening.known_formats import format_of
from sptjobs.formats.placement import Placed, Sizes
from sptjobs.formats.sky_positions import Floats, Indices, Positions
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from sptjobs.request.region_values import parse_pos_region
from sptjobs.request.target_table import TargetColumns, TargetPlaces

_log = logging.getLogger(__name__)


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
        columns = targets if isinstance(targets, TargetColumns) else TargetPlaces(targets)
        self.positions = Positions(_column(columns.ra), _column(columns.dec))
        self.xsize, self.ysize = _column(columns.xsize), _column(columns.ysize)
        self.tmin = _filled(_column(columns.tmin), -np.inf)
        self.tmax = _filled(_column(columns.tmax), np.inf)
        self.timed = np.isfinite(self.tmin) | np.isfinite(self.tmax)
        self.regions = {place: parse_pos_region(text) for place, text in columns.regions.items()}
        self._placed: dict[tuple[Any, ...], Placed] = {}

    def placed(self, record: MapRecord, asked: Indices, sizes: Sizes) -> Placed:
        """Place the ``asked`` ones on a map; once for all maps of one grid, if that is everyone.

        Parameters
        ----------
        sizes
            Of their stamps, the same ones for every map.
        """
        if self.timed.any() or not record.wcs:
            return _placed(record, self.positions, asked, sizes)
        grid = _grid(record)
        if grid not in self._placed:
            self._placed[grid] = _placed(record, self.positions, asked, sizes)
        return self._placed[grid]

    def asking_for(self, record: MapRecord, *, named: bool = False) -> Indices:
        """Indices of the targets whose own times, ends included, the observation overlaps.

        Those without times ask for every map, and all of them for a coadd that was ``named``.
        """
        if record.observed is None:
            return np.flatnonzero(~self.timed | named)
        begin, end = record.observed
        return np.flatnonzero((self.tmin <= end) & (begin <= self.tmax))


@dataclass(frozen=True, slots=True, eq=False)
class MapPlan:
    """All targets on one map.

    Attributes
    ----------
    targets, x, y, north
        Index of each target to cut, its pixel and the direction of north there,
        sorted by the first map row that its stamp needs. NaN where the map has no place
        for any: such pairs fail when they are cut.
    rows, ends
        That row, and the end of the rows.
    pixels
        Pixels of each stamp.
    settled
        Targets whose stamps miss the map.
    sides
        Sizes [arcmin] on this map of native stamps that are the windows of regions, by the
        index of the target: a window is turned as the map is.
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
    sides: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def works(self, cost: Cost) -> Floats:
        """Estimated seconds of each pair by itself, beside opening the map."""
        rows = cost.per_row * (self.ends - self.rows)
        return cost.per_stamp + cost.per_pixel * self.pixels + rows


def pair_up(request: CutoutRequest, table: TargetTable, record: MapRecord, suffix: str) -> MapPlan:
    """Pair the targets of a request with a map.

    A pair is settled here when its stamp cannot meet the map: exactly so for
    native stamps, generously for TAN ones, whose outline is not projected yet.
    Without a stamp, the one pixel that holds the target must be on the map.
    """
    asked = table.asking_for(record, named=bool(request.map_ids))
    sizes = _sizes(request, table, asked)
    placed = table.placed(record, asked, sizes)
    missed = np.ones(len(asked), bool)
    missed[placed.found] = False
    turned = request.makes_stamps and not sizes.resampled
    targets = asked[placed.found]
    return MapPlan(
        sides=turned_sides(record, table.regions, targets, placed.north) if turned else {},
        record=record,
        suffix=suffix,
        targets=targets,
        x=placed.x,
        y=placed.y,
        north=placed.north,
        rows=placed.rows,
        ends=placed.ends,
        pixels=_resampled_pixels(request, record, sizes, placed)
        if sizes.resampled
        else placed.pixels,
        settled=asked[missed],
    )


def _grid(record: MapRecord) -> tuple[Any, ...]:
    """What of a map its places depend on."""
    about = record.format, record.projection, record.frame, record.pixel_scale_arcmin, record.shape
    return *about, *record.wcs.items()


def _placed(record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes) -> Placed:
    """Place positions on a map; all of them nowhere where its record makes no sense."""
    try:
        return format_of(record).place(record, positions, asked, sizes)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a WCS that makes no sense raises; logged
        _log.exception("map %s has no place on the sky", record.map_id)
    nowhere, nothing = np.full(len(asked), np.nan), np.zeros(len(asked))
    return Placed(np.arange(len(asked)), nowhere, nowhere, nowhere, nothing, nothing, nothing)


def _resampled_pixels(
    request: CutoutRequest, record: MapRecord, sizes: Sizes, placed: Placed
) -> Floats:
    """Pixels of each stamp that is resampled."""
    scale = request.pixel_scale or record.pixel_scale_arcmin
    across, up = (pixels_across(s[placed.found], scale) for s in (sizes.xsize, sizes.ysize))
    return across * up


def _sizes(request: CutoutRequest, table: TargetTable, asked: Indices) -> Sizes:
    """Sizes of the stamps, or of a pixel where none are made."""
    if not request.makes_stamps:
        return Sizes(np.zeros(len(asked)), np.zeros(len(asked)))
    if request.projection is Projection.TAN:
        return Sizes(_of(asked, table.xsize), _of(asked, table.ysize), resampled=True)
    if not table.regions:
        return Sizes(_of(asked, table.xsize), _of(asked, table.ysize))
    # However a window is turned, it is no wider than it is across.
    across = np.hypot(table.xsize, table.ysize)
    of_region = np.isin(np.arange(len(across)), list(table.regions))
    xsize, ysize = (np.where(of_region, across, each) for each in (table.xsize, table.ysize))
    return Sizes(_of(asked, xsize), _of(asked, ysize))


def _of(asked: Indices, column: Floats) -> Floats:
    """The numbers of those that ask; if that is everyone, not a copy."""
    return column if len(asked) == len(column) else column[asked]


def _filled(column: Floats, missing: float) -> Floats:
    """The numbers of a column with others for NaN; a column of NaN takes no memory."""
    absent = np.isnan(column)
    if absent.all():
        return np.broadcast_to(np.array(missing), column.shape)
    return np.where(absent, missing, column)


def _column(values: "array[float]") -> Floats:
    """The same numbers, not a copy: nobody may change them."""
    column = np.asarray(values, dtype=np.float64)
    column.flags.writeable = False
    return column
