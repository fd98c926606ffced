"""Bins of about equal work: slices of the sorted pairs of each map."""

from collections.abc import Sequence
from dataclasses import dataclass

from sptjobs.cutouts.plan.pairing import MapPlan
from sptjobs.forecast.cost import Cost

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
        start, decoded_to, opened = 0, 0.0, False
        columns = (each.rows.tolist(), each.ends.tolist(), each.pixels.tolist())
        for position, (row, end, pixels) in enumerate(zip(*columns, strict=True)):
            stamp = cost.per_stamp + cost.per_pixel * pixels
            alone = cost.opening + stamp + cost.per_row * (end - row)
            work = stamp + cost.per_row * max(0.0, end - max(row, decoded_to)) if opened else alone
            if self._is_full(work):
                self._take(number, start, position)
                self.close()
                start, opened, work = position, False, alone
            if not self._pairs:
                # Opening a big .gz file must pay: more stamps share one opening.
                self._budget = max(self._part_cost_s, 3 * cost.opening)
            self._cost += work
            self._pairs += 1
            decoded_to = max(decoded_to, end) if opened else end
            opened = True
        self._take(number, start, len(each.targets))

    def close(self) -> None:
        """End the part at hand."""
        if self._slices:
            self.parts.append(tuple(self._slices))
            self.costs.append(round(self._cost, 6))
        self._slices, self._cost, self._pairs = [], 0.0, 0

    def _is_full(self, work: float) -> bool:
        return bool(self._pairs) and (self._cost + work > self._budget or self._pairs >= _MAX_PAIRS)

    def _take(self, number: int, start: int, stop: int) -> None:
        if stop > start:
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
