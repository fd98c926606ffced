"""Planning a job: all targets at once on each map, then bins of about equal work."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import starmap

import numpy as np

from sptjobs.cutouts.plan.band_bins import by_band
from sptjobs.cutouts.plan.binning import Slice, binned
from sptjobs.cutouts.plan.file_names import map_suffixes
from sptjobs.cutouts.plan.gathered_bins import gathered
from sptjobs.cutouts.plan.pairing import MapPlan, TargetTable, pair_up
from sptjobs.cutouts.plan.part_plan import (
    Bin,
    Pair,
    PartMap,
    PartPlan,
    PartTarget,
    Style,
    map_facts,
    target_columns,
)
from sptjobs.forecast.cost import cost_of
from sptjobs.formats.opening.known_formats import format_of
from sptjobs.formats.sky_positions import Indices
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from sptjobs.request.identifiers import Stems
from sptjobs.uws.errors import ParameterError, UsageError
from sptjobs.uws.pair_status import Status

_SETTLED_AT_ONCE = 4096

_SAMPLES_POINTS = (Order.NEAREST, Order.BILINEAR, Order.BICUBIC)


@dataclass(frozen=True)
class Plan:
    """What is to be done for a request, divided into parts.

    Every combination of a target with a map that it asks for is in exactly one of
    ``settled`` and the parts.
    """

    request: CutoutRequest
    maps: tuple[MapPlan, ...]
    slices: tuple[tuple[Slice, ...], ...]
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
            planes=request.planes,
            mask_outside=request.mask_outside,
            noise=request.noise,
            uniform_coverage=request.uniform_coverage,
            reference_start=_day(request.reference_start),
            reference_end=_day(request.reference_end),
            stacks=_stacks(request),
            states=request.polarizations,
            request_sha256=request.digest(),
        )

    @property
    def settled_pairs(self) -> int:
        """Number of pairs that need no cutting."""
        return sum(len(each.settled) for each in self.maps)

    def settled(self) -> Iterator[OutcomeColumns]:
        """Outcomes of the pairs that need no cutting, map by map, some thousands at a time."""
        outside = {"status": Status.OUTSIDE.value, "reason": misses(self.style)}
        for each in self.maps:
            alike = map_facts(each.record) | outside
            for first in range(0, len(each.settled), _SETTLED_AT_ONCE):
                indices = each.settled[first : first + _SETTLED_AT_ONCE].tolist()
                targets = list(self._targets(indices))
                yield OutcomeColumns(len(targets), alike, target_columns(targets))

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
            targets=tuple(self._targets(used.tolist())),
            bins=tuple(Bin(maps.index(s.map), self._pairs(s, used)) for s in slices),
        )

    @cached_property
    def _stems(self) -> Stems:
        return self.request.stems

    def _targets(self, indices: Sequence[int]) -> Iterator[PartTarget]:
        """Targets by their indices in the request."""
        targets, stems = self.request.targets, self._stems
        for index in indices:
            target = targets[index]
            yield PartTarget(
                index, target.objid, target.ra, target.dec, target.xsize, target.ysize,
                stems[index], target.region, target.stack,
            )  # fmt: skip

    def empty_part(self) -> PartPlan:
        """Part 0 when nothing is cut in it."""
        return PartPlan(0, 0.0, self.style, (), (), ())

    def _pairs(self, part: Slice, used: Indices) -> tuple[Pair, ...]:
        plan, span = self.maps[part.map], slice(part.start, part.stop)
        places = np.searchsorted(used, plan.targets[span])
        columns = (places, plan.x[span], plan.y[span], plan.north[span])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        pairs = tuple(starmap(Pair, rows))
        if not plan.sides:
            return pairs
        sides = [plan.sides.get(index) for index in plan.targets[span].tolist()]
        return tuple(
            pair if side is None else pair._replace(xsize=side[0], ysize=side[1])
            for pair, side in zip(pairs, sides, strict=True)
        )


def plan(
    request: CutoutRequest,
    maps: Sequence[MapRecord],
    part_cost_s: float,
    progressed: Callable[[], None] = lambda: None,
) -> Plan:
    """Divide a request's work on the given maps into parts.

    Parameters
    ----------
    maps
        The maps that the request selects; each target is paired with each, but
        for targets with times of their own, for which only maps observed then qualify.
    part_cost_s
        Estimated seconds of work that one part should take.
    progressed
        Called after each map, as a sign of life.

    Raises
    ------
    ParameterError
        A pixel scale coarser than a map's with an order that samples points; an order that
        the format of a map does not have; native stamps where no map has a grid of its own.
    UsageError
        Two of the maps are the same map.
    """
    suffixes = map_suffixes(maps)
    if len(set(suffixes)) < len(suffixes):
        raise UsageError("MAP: the same map was given twice")
    _check_grids(request, maps)
    for record in maps:
        _check_order(request, record)
        _check_scale(request, record)
    table = TargetTable(request.targets)
    plans = []
    for each in zip(maps, suffixes, strict=True):
        plans.append(pair_up(request, table, *each))
        progressed()
    costs = [cost_of(record, request) for record in maps]
    if registry.is_across_targets(request.products):
        return Plan(request, tuple(plans), *by_band(plans, costs))
    if registry.is_across_maps(request.products):
        keeps = registry.keeps_stamps(request.products)
        return Plan(request, *gathered(plans, costs, part_cost_s, keeps=keeps))
    return Plan(request, tuple(plans), *binned(plans, costs, part_cost_s))


def _stacks(request: CutoutRequest) -> tuple[tuple[str | None, int], ...]:
    if not registry.is_across_targets(request.products):
        return ()
    return tuple(Counter(target.stack for target in request.targets).items())


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def misses(style: Style) -> str:
    """Why a pair is ``outside``: what of it misses the map."""
    what = "stamp" if style.makes_stamps else "target"
    return f"the {what} lies outside the map's pixels"


def _check_grids(request: CutoutRequest, maps: Sequence[MapRecord]) -> None:
    """Refuse native stamps where no map has its pixels in rows and columns.

    Beside maps that have, the pairs of one that has not fail with that reason.
    """
    native = request.makes_stamps and request.projection is Projection.NATIVE
    if native and maps and not any(record.has_grid for record in maps):
        raise ParameterError(
            f"map {maps[0].map_id} has no pixels in rows and columns; ask for TAN stamps",
            field="PROJECTION",
            value=request.projection.value,
        )


def _check_order(request: CutoutRequest, record: MapRecord) -> None:
    """Refuse a way of resampling that the format of a map does not have."""
    if request.projection is not Projection.TAN or not request.makes_stamps:
        return
    orders = _orders_of(record)
    if request.order not in orders:
        raise ParameterError(
            f"stamps of map {record.map_id} are made by {' or '.join(sorted(orders))} only",
            field="ORDER",
            value=request.order.value,
        )


def _orders_of(record: MapRecord) -> frozenset[Order]:
    try:
        return format_of(record).orders
    except MapError:
        # Its pairs fail with that reason.
        return frozenset(Order)


def _check_scale(request: CutoutRequest, record: MapRecord) -> None:
    """Refuse to skip pixels of the map without saying so."""
    scale = request.pixel_scale
    if request.projection is not Projection.TAN or scale is None:
        return
    if request.order in _SAMPLES_POINTS and scale > record.pixel_scale_arcmin * (1 + 1e-6):
        others = sorted(_orders_of(record).difference(_SAMPLES_POINTS))
        needs = f"needs ORDER {' or '.join(others)}, not {request.order}"
        raise ParameterError(
            f"a pixel scale coarser than the {record.pixel_scale_arcmin:g} arcmin of map"
            f" {record.map_id} {needs if others else 'would leave out pixels of it'}",
            field="PIXEL_SCALE",
            value=f"{scale:g}",
        )
