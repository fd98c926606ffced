"""Parts with all targets of a band and kind of maps, for products that are made of all of them."""

from collections import defaultdict
from collections.abc import Sequence

from sptjobs.cutouts.plan.binning import Slice
from sptjobs.cutouts.plan.pairing import MapPlan
from sptjobs.forecast.cost import Cost
from sptjobs.uws.errors import ParameterError

MAX_PAIRS = 200_000
"""Most pairs of a part: its plan is read as a whole."""


def by_band(
    plans: Sequence[MapPlan], costs: Sequence[Cost]
) -> tuple[tuple[tuple[Slice, ...], ...], tuple[float, ...]]:
    """Divide work so that all pairs of a band, kind and tag are in one part.

    Returns
    -------
    slices, costs
        What each part has, and its estimated seconds.

    Raises
    ------
    ParameterError
        A part would have more than ``MAX_PAIRS`` pairs.
    """
    groups: dict[tuple[str, str, str | None], list[Slice]] = defaultdict(list)
    seconds: dict[tuple[str, str, str | None], float] = defaultdict(float)
    for number, (each, cost) in enumerate(zip(plans, costs, strict=True)):
        count = len(each.targets)
        if count:
            key = each.record.band, each.record.filetype, each.record.tag
            groups[key].append(Slice(number, 0, count))
            seconds[key] += cost.opening + float(each.works(cost).sum())
    for (band, filetype, _), has in groups.items():
        pairs = sum(each.stop - each.start for each in has)
        if pairs > MAX_PAIRS:
            message = (
                f"a stack of {pairs} stamps ({band}, {filetype}); up to {MAX_PAIRS} are made in"
                " one, take fewer targets or observations"
            )
            raise ParameterError(message, field="PRODUCTS", value="stack")
    slices = tuple(map(tuple, groups.values()))
    return slices, tuple(round(each, 6) for each in seconds.values())
