"""Planning a job: all targets at once on each map, then bins of about equal work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sptjobs.archive.record import MapRecord
from sptjobs.cutouts.dates import modified_julian_date
from sptjobs.cutouts.estimate import Cost, cost_of
from sptjobs.cutouts.geometry import pixels_across, stamp_box
from sptjobs.cutouts.names import map_suffixes
from sptjobs.cutouts.parts import Bin, Pair, PartMap, PartPlan, PartTarget, Style, outcome_of
from sptjobs.cutouts.sky import Floats, Positions
from sptjobs.packs.records import Outcome, Status
from sptjobs.soda.request import CutoutRequest, Order, Projection
from sptjobs.uws.errors import ParameterError, UsageError

Indices = NDArray[np.int64]

MISSES_THE_MAP = "the stamp lies outside the map's pixels"
_SAMPLES_POINTS = (Order.NEAREST, Order.BILINEAR, Order.BICUBIC)
_MOST_PAIRS = 5000
"""Most pairs of one part, whatever they cost."""


@dataclass(frozen=True, slots=True, eq=False)
class MapPlan:
    """All targets on one map.

    Attributes
    ----------
    targets, x, y, north
        Index of each target to cut, its pixel and the direction of north there,
        sorted by map row.
    settled
        Targets whose stamps miss the map.
    """

    record: MapRecord
    suffix: str
    targets: Indices
    x: Floats
    y: Floats
    north: Floats
    settled: Indices


@dataclass(frozen=True, slots=True)
class _Slice:
    """Pairs ``start`` to ``stop`` of map number ``map``."""

    map: int
    start: int
    stop: int


@dataclass(frozen=True)
class Plan:
    """What is to be done for a request, divided into parts.

    Every combination of a target with a map that answers it is in exactly one of
    ``settled`` and the parts.
    """

    request: CutoutRequest
    maps: tuple[MapPlan, ...]
    slices: tuple[tuple[_Slice, ...], ...]
    costs: tuple[float, ...]

    @cached_property
    def style(self) -> Style:
        """How the stamps are made."""
        request = self.request
        return Style(
            projection=request.projection,
            pixel_scale=request.pixel_scale,
            order=request.order,
            pad=request.pad,
            products=request.products,
            request_sha256=request.digest(),
        )

    @property
    def settled_pairs(self) -> int:
        """Number of pairs that need no cutting."""
        return sum(len(each.settled) for each in self.maps)

    def settled(self) -> Iterator[Outcome]:
        """Outcomes of the pairs that need no cutting."""
        for each in self.maps:
            for index in each.settled.tolist():
                target = _part_target(self.request, index)
                yield outcome_of(target, each.record, Status.OUTSIDE, MISSES_THE_MAP)

    def part(self, position: int, number: int) -> PartPlan:
        """The plan at a position of ``slices``, as part ``number`` of the job."""
        slices = self.slices[position]
        maps = list(dict.fromkeys(each.map for each in slices))
        used = np.unique(
            np.concatenate([self.maps[s.map].targets[s.start : s.stop] for s in slices])
        )
        return PartPlan(
            number=number,
            cost_s=self.costs[position],
            style=self.style,
            maps=tuple(PartMap(self.maps[m].record, self.maps[m].suffix) for m in maps),
            targets=tuple(_part_target(self.request, index) for index in used.tolist()),
            bins=tuple(Bin(maps.index(s.map), self._pairs(s, used)) for s in slices),
        )

    def empty_part(self) -> PartPlan:
        """Part 0 when nothing is cut in it."""
        return PartPlan(0, 0.0, self.style, (), (), ())

    def _pairs(self, part: _Slice, used: Indices) -> tuple[Pair, ...]:
        plan, span = self.maps[part.map], slice(part.start, part.stop)
        places = np.searchsorted(used, plan.targets[span])
        columns = (places, plan.x[span], plan.y[span], plan.north[span])
        return tuple(Pair(*row) for row in zip(*(c.tolist() for c in columns), strict=True))


def plan(request: CutoutRequest, maps: Sequence[MapRecord], part_cost_s: float) -> Plan:
    """Divide a request's work on the given maps into parts.

    Parameters
    ----------
    maps
        The maps that the request selects; each target is paired with each, but
        for targets with times of their own, which only maps observed then answer.
    part_cost_s
        Estimated seconds of work that one part should take.

    Raises
    ------
    ParameterError
        A pixel scale coarser than a map's with an order that samples points.
    UsageError
        Two of the maps are the same map.
    """
    suffixes = map_suffixes(maps)
    if len(set(suffixes)) < len(suffixes):
        raise UsageError("MAP: the same map was given twice")
    for record in maps:
        _check_scale(request, record)
    positions = Positions(
        np.array([target.ra for target in request.targets], dtype=np.float64),
        np.array([target.dec for target in request.targets], dtype=np.float64),
    )
    plans = tuple(_map_plan(request, positions, *each) for each in zip(maps, suffixes, strict=True))
    slices, costs = _binned(request, plans, part_cost_s)
    return Plan(request, plans, slices, costs)


def _check_scale(request: CutoutRequest, record: MapRecord) -> None:
    """Refuse to skip pixels of the map without saying so."""
    scale = request.pixel_scale
    if request.projection is not Projection.TAN or scale is None:
        return
    if request.order in _SAMPLES_POINTS and scale > record.pixel_scale_arcmin * (1 + 1e-6):
        raise ParameterError(
            f"a pixel scale coarser than the {record.pixel_scale_arcmin:g} arcmin of map"
            f" {record.map_id} needs ORDER adaptive or exact, not {request.order}",
            field="PIXEL_SCALE",
            value=f"{scale:g}",
        )


def _map_plan(
    request: CutoutRequest, positions: Positions, record: MapRecord, suffix: str
) -> MapPlan:
    asked = _answered(request, record)
    chosen = [request.targets[index] for index in asked.tolist()]
    x, y, north = positions.on(record, asked)
    meets = np.array(
        [
            _may_meet(request, record, target.xsize, target.ysize, *place)
            for target, *place in zip(chosen, x.tolist(), y.tolist(), strict=True)
        ],
        dtype=bool,
    )
    kept = np.flatnonzero(meets)
    heights = np.array(
        [pixels_across(target.ysize, record.pixel_scale_arcmin) for target in chosen]
    )
    first_row = np.floor(y[kept] - heights[kept] / 2) if len(kept) else y[kept]
    kept = kept[np.lexsort((asked[kept], x[kept], first_row))]
    return MapPlan(record, suffix, asked[kept], x[kept], y[kept], north[kept], asked[~meets])


def _answered(request: CutoutRequest, record: MapRecord) -> Indices:
    """Indices of the targets that a map answers, by their own times."""
    day = None if record.date_beg is None else modified_julian_date(record.date_beg)
    answered = [
        index
        for index, target in enumerate(request.targets)
        if (target.tmin is None and target.tmax is None)
        or (
            day is not None
            and (target.tmin is None or target.tmin <= day)
            and (target.tmax is None or day <= target.tmax)
        )
    ]
    return np.array(answered, dtype=np.int64)


def _may_meet(  # noqa: PLR0917 - the two sizes and the pixel read best in this order
    request: CutoutRequest, record: MapRecord, xsize: float, ysize: float, x: float, y: float
) -> bool:
    """Whether a stamp may hold pixels of the map: exact if native, generous if TAN."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return False
    shape = (
        pixels_across(ysize, record.pixel_scale_arcmin),
        pixels_across(xsize, record.pixel_scale_arcmin),
    )
    if request.projection is Projection.TAN:
        # Whichever way north points, and however the projection stretches there.
        side = 2 * int(np.ceil(np.hypot(*shape))) + 4
        shape = (side, side)
    return not stamp_box(x, y, shape).clipped(record.shape).is_empty


def _part_target(request: CutoutRequest, index: int) -> PartTarget:
    target = request.targets[index]
    return PartTarget(index, target.objid, target.ra, target.dec, target.xsize, target.ysize)


class _Filling:
    """Bins being filled: slices of the part at hand, and the parts that are full."""

    def __init__(self, part_cost_s: float) -> None:
        self.parts: list[tuple[_Slice, ...]] = []
        self.costs: list[float] = []
        self._part_cost_s = part_cost_s
        self._budget = part_cost_s
        self._slices: list[_Slice] = []
        self._cost = 0.0
        self._pairs = 0

    def add(self, number: int, cost: Cost, stamps: Sequence[tuple[int, int, int]]) -> None:
        """Add the pairs of map ``number``: first row, end row and pixels of each."""
        start, decoded_to, first = 0, None, True
        for position, (row, end, pixels) in enumerate(stamps):
            work = cost.stamp(pixels) + cost.per_row * _new_rows(row, end, decoded_to)
            work += cost.opening if first else 0.0
            if self._pairs and (self._cost + work > self._budget or self._pairs >= _MOST_PAIRS):
                self._take(number, start, position)
                self.close()
                start, first = position, True
                work = cost.opening + cost.stamp(pixels) + cost.per_row * (end - row)
            if not self._pairs:
                # Opening a big .gz file must pay: more stamps share one opening.
                self._budget = max(self._part_cost_s, 3 * cost.opening)
            self._cost += work
            self._pairs += 1
            decoded_to = end if decoded_to is None or first else max(decoded_to, end)
            first = False
        self._take(number, start, len(stamps))

    def close(self) -> None:
        """End the part at hand."""
        if self._slices:
            self.parts.append(tuple(self._slices))
            self.costs.append(round(self._cost, 6))
        self._slices, self._cost, self._pairs = [], 0.0, 0

    def _take(self, number: int, start: int, stop: int) -> None:
        if stop > start:
            self._slices.append(_Slice(number, start, stop))


def _new_rows(row: int, end: int, decoded_to: int | None) -> int:
    return end - row if decoded_to is None else max(0, end - max(row, decoded_to))


def _binned(
    request: CutoutRequest, plans: Sequence[MapPlan], part_cost_s: float
) -> tuple[tuple[tuple[_Slice, ...], ...], tuple[float, ...]]:
    filling = _Filling(part_cost_s)
    for number, each in enumerate(plans):
        filling.add(number, cost_of(each.record, request), _stamps(request, each))
    filling.close()
    return tuple(filling.parts), tuple(filling.costs)


def _stamps(request: CutoutRequest, each: MapPlan) -> list[tuple[int, int, int]]:
    """Rows and output pixels of each stamp of a map."""
    scale, (ny, nx) = each.record.pixel_scale_arcmin, each.record.shape
    output = scale
    if request.projection is Projection.TAN and request.pixel_scale is not None:
        output = request.pixel_scale
    stamps = []
    for index, x, y in zip(each.targets.tolist(), each.x.tolist(), each.y.tolist(), strict=True):
        target = request.targets[index]
        shape = pixels_across(target.ysize, scale), pixels_across(target.xsize, scale)
        box = stamp_box(x, y, shape).clipped((ny, nx))
        pixels = pixels_across(target.xsize, output) * pixels_across(target.ysize, output)
        stamps.append((box.y0, max(box.y0, box.y1), pixels))
    return stamps
