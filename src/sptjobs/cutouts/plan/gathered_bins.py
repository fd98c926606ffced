"""Parts with all maps of their targets, for products that are made of all of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sptjobs.cutouts.plan.binning import Slice
from sptjobs.cutouts.plan.pairing import MapPlan
from sptjobs.forecast.cost import Cost
from sptjobs.formats.sky_positions import Floats, Indices

_MAX_PAIRS = 50_000
"""Most pairs of a part of more targets than one."""

_MAX_PIXELS = 2 << 20
"""Most pixels that are gathered in a part of more targets than one: 32 MiB of sums.

Of stamps that are kept 16 MiB with their weights.
"""


def gathered(
    plans: Sequence[MapPlan], costs: Sequence[Cost], part_cost_s: float, *, keeps: bool = False
) -> tuple[tuple[MapPlan, ...], tuple[tuple[Slice, ...], ...], tuple[float, ...]]:
    """Divide work so that all maps of a target are in one part.

    Each part opens all of its maps, so it should have three times as much to do besides.

    Parameters
    ----------
    keeps
        Whether stamps are kept, and not only their sums.

    Returns
    -------
    plans
        The same pairs, in the order in which the parts have them.
    slices, costs
        What each part has, and its estimated seconds.
    """
    count = 1 + max((int(each.targets.max(initial=-1)) for each in plans), default=-1)
    opening = sum(cost.opening for cost in costs)
    works, pairs, pixels = _of_targets(plans, costs, count, keeps=keeps)
    ordered = _in_order(plans, count)
    budget = max(part_cost_s, 3 * opening)
    part_of = np.full(count, -1)
    part_of[ordered] = _parts(works[ordered], pairs[ordered], pixels[ordered], budget)
    sorted_plans = tuple(_sorted(each, part_of) for each in plans)
    parts = 1 + int(part_of.max(initial=-1))
    slices = tuple(_slices(sorted_plans, part_of, part) for part in range(parts))
    seconds = tuple(
        round(float(works[part_of == part].sum()) + sum(costs[each.map].opening for each in has), 6)
        for part, has in enumerate(slices)
    )
    return sorted_plans, slices, seconds


def _of_targets(
    plans: Sequence[MapPlan], costs: Sequence[Cost], count: int, *, keeps: bool
) -> tuple[Floats, Floats, Floats]:
    """Of each target: seconds beside opening maps, pairs, and pixels that are gathered."""
    works, pairs = np.zeros(count), np.zeros(count)
    groups: dict[tuple[str, str], Floats] = {}
    for each, cost in zip(plans, costs, strict=True):
        works[each.targets] += each.works(cost)
        pairs[each.targets] += 1
        group = groups.setdefault((each.record.band, each.record.filetype), np.zeros(count))
        before = group[each.targets]
        group[each.targets] = before + each.pixels if keeps else np.maximum(before, each.pixels)
    pixels = np.zeros(count)
    for group in groups.values():
        pixels += group
    return works, pairs, pixels


def _in_order(plans: Sequence[MapPlan], count: int) -> Indices:
    """Targets that any map has, neighbours in the rows of a map beside each other."""
    seen = np.zeros(count, bool)
    found = []
    for each in plans:
        new = each.targets[~seen[each.targets]]
        seen[new] = True
        found.append(new)
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _parts(works: Floats, pairs: Floats, pixels: Floats, budget: float) -> list[int]:
    """The part of each target, in their order: as many in one as its bounds allow."""
    bounds = budget, _MAX_PAIRS, _MAX_PIXELS
    part, filled = 0, (0.0, 0.0, 0.0)
    parts: list[int] = []
    for each in zip(works.tolist(), pairs.tolist(), pixels.tolist(), strict=True):
        total = tuple(had + more for had, more in zip(filled, each, strict=True))
        if parts and any(sum_ > bound for sum_, bound in zip(total, bounds, strict=True)):
            part, total = part + 1, each
        filled = total
        parts.append(part)
    return parts


def _sorted(plan: MapPlan, part_of: Indices) -> MapPlan:
    """The pairs of a map by their parts, and in a part by the map's rows."""
    order = np.argsort(part_of[plan.targets], kind="stable")
    columns = ("targets", "x", "y", "north", "rows", "ends", "pixels")
    return replace(plan, **{name: getattr(plan, name)[order] for name in columns})


def _slices(plans: Sequence[MapPlan], part_of: Indices, part: int) -> tuple[Slice, ...]:
    found = []
    for number, each in enumerate(plans):
        start, stop = np.searchsorted(part_of[each.targets], (part, part + 1)).tolist()
        if stop > start:
            found.append(Slice(number, start, stop))
    return tuple(found)
