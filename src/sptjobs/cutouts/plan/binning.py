"""Bins of about equal work: slices of the sorted pairs of each map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sptjobs.cutouts.plan.pairing import MapPlan
from sptjobs.forecast.cost import Cost
from sptjobs.formats.sky_positions import Floats

_MAX_PAIRS = 5000
"""Most pairs of one part, whatever they cost."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Pairs ``start`` to ``stop`` of map number ``map``."""

    map: int
    start: int
    stop: int


class Filling:
    """Parts being filled, map after map.

    Attributes
    ----------
    parts, costs
        Slices and estimated seconds of the parts that are full.
    """

    def __init__(self, part_cost_s: float) -> None:
        self.parts: list[tuple[Slice, ...]] = []
        self.costs: list[float] = []
        self._part_cost_s = part_cost_s
        self._budget = part_cost_s
        self._slices: list[Slice] = []
        self._cost = 0.0
        self._pairs = 0

    def add(self, number: int, each: MapPlan, cost: Cost) -> None:
        """Add the pairs of map ``number``.

        The first pair of a map in a part pays for opening it and for all of its
        rows, those after it for the rows that are not decoded yet.
        """
        start = 0
        while start < len(each.targets):
            if not self._pairs:
                # Opening a big .gz file must pay: more stamps share one opening.
                self._budget = max(self._part_cost_s, 3 * cost.opening)
            totals = self._cost + self._works(each, start, cost).cumsum()
            count = int(np.searchsorted(totals, self._budget, side="right"))
            if not self._pairs:
                count = max(count, 1)
            if count:
                self._take(number, start, start + count)
                self._cost = float(totals[count - 1])
                self._pairs += count
                start += count
            if start < len(each.targets):
                self.close()

    def _works(self, each: MapPlan, start: int, cost: Cost) -> Floats:
        """Estimated seconds of the pairs that this part might take, from ``start`` on."""
        room = _MAX_PAIRS - self._pairs
        if cost.per_stamp > 0:
            room = min(room, int(self._budget / cost.per_stamp) + 1)
        span = slice(start, start + room)
        rows, ends = each.rows[span], each.ends[span]
        undecoded = rows.copy()
        undecoded[1:] = np.maximum(rows[1:], np.maximum.accumulate(ends)[:-1])
        works = cost.per_stamp + cost.per_pixel * each.pixels[span]
        works += cost.per_row * np.maximum(ends - undecoded, 0.0)
        works[:1] += cost.opening
        return works

    def close(self) -> None:
        """End the part at hand."""
        if self._slices:
            self.parts.append(tuple(self._slices))
            self.costs.append(round(self._cost, 6))
        self._slices, self._cost, self._pairs = [], 0.0, 0

    def _take(self, number: int, start: int, stop: int) -> None:
        self._slices.append(Slice(number, start, stop))


def binned(
    plans: Sequence[MapPlan], costs: Sequence[Cost], part_cost_s: float
) -> tuple[tuple[tuple[Slice, ...], ...], tuple[float, ...]]:
    """Slices and estimated seconds of each part."""
    filling = Filling(part_cost_s)
    for number, (each, cost) in enumerate(zip(plans, costs, strict=True)):
        filling.add(number, each, cost)
    filling.close()
    return tuple(filling.parts), tuple(filling.costs)
