"""Which of the maps that a request selects can serve each of its targets.

Footprints are polygons that reach a little over the observed pixels: this is what
is to be expected, and only cutting tells. The work is bounded: of many footprints
of one field, which are almost alike, some stand for all.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sptjobs.maps.footprints import Cover, Place, covers
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Target

MAX_TESTS = 200_000
"""Most combinations of target and footprint that are looked at."""

Footprint = tuple[tuple[tuple[float, float], ...], ...]
Group = tuple[str, str, str | None]
"""Band, file type, and tag of a coadd."""


@dataclass(frozen=True, slots=True)
class Share:
    """A group of maps, as one target meets it.

    Attributes
    ----------
    asked
        Maps of the group that the target asks for by its times.
    maps
        Those of them that its stamp meets.
    cover
        How it lies to the best of them.
    """

    group: Group
    asked: int
    maps: int
    cover: Cover


@dataclass(slots=True)
class _Field:
    """The maps of a group in one field: when, and with which footprints.

    Those that were ``named`` by their ids hold for targets with times too, when it is not known
    when they were observed.

    ``covers`` tells, for each footprint that was looked at, how the targets lie to
    it, and how many maps it stands for.
    """

    begins: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    untimed: int = 0
    named: bool = False
    footprints: Counter[Footprint] = field(default_factory=Counter)
    covers: list[tuple[list[Cover], int]] = field(default_factory=list)

    def matching(self, target: Target) -> int:
        """Number of maps that a target asks for: whose observation its times overlap."""
        if target.tmin is None and target.tmax is None:
            return self.untimed + len(self.begins)
        over = 0 if target.tmin is None else bisect_left(self.ends, target.tmin)
        begun = len(self.begins)
        if target.tmax is not None:
            begun = bisect_right(self.begins, target.tmax)
        return max(0, begun - over) + (self.untimed if self.named else 0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the targets of a request meet the maps that it selects.

    Attributes
    ----------
    shares
        For each target, one share for each group in order.
    exact
        Whether every footprint was looked at.
    """

    shares: tuple[tuple[Share, ...], ...]
    exact: bool


def coverage_of(request: CutoutRequest, maps: Sequence[MapRecord]) -> Coverage:
    """Find what covers each target of a request.

    Parameters
    ----------
    maps
        What the request selects (``sptjobs.forecast.map_selection.select_maps``).
    """
    groups = _grouped(maps, named=bool(request.map_ids))
    chosen, exact = _samples(groups, len(request.targets))
    places = [Place.of(t.ra, t.dec, t.xsize, t.ysize) for t in request.targets]
    looked_up = {each: covers(each, places) for each in dict.fromkeys(_all(chosen))}
    for (group, name), samples in chosen.items():
        groups[group][name].covers = [(looked_up[each], weight) for each, weight in samples]
    fields = {group: tuple(each.values()) for group, each in groups.items()}
    shares = tuple(
        tuple(_share(group, each, index, target) for group, each in fields.items())
        for index, target in enumerate(request.targets)
    )
    return Coverage(shares, exact)


_Fields = dict[str, _Field]
_Samples = dict[tuple[Group, str], tuple[tuple[Footprint, int], ...]]


def _grouped(maps: Iterable[MapRecord], *, named: bool) -> dict[Group, _Fields]:
    groups: dict[Group, _Fields] = {}
    for record in maps:
        group = (record.band, record.filetype, record.tag)
        each = groups.setdefault(group, defaultdict(_Field))[record.field]
        each.named = named
        each.footprints[record.footprint] += 1
        if record.observed is None:
            each.untimed += 1
        else:
            each.begins.append(record.observed[0])
            each.ends.append(record.observed[1])
    for fields in groups.values():
        for each in fields.values():
            each.begins.sort()
            each.ends.sort()
    return groups


def _samples(groups: dict[Group, _Fields], targets: int) -> tuple[_Samples, bool]:
    """Footprints to look at, and how many maps each stands for."""
    every = {
        (group, name): each for group, fields in groups.items() for name, each in fields.items()
    }
    affordable = max(1, MAX_TESTS // max(1, targets))
    distinct = {footprint for each in every.values() for footprint in each.footprints}
    if len(distinct) <= affordable:
        return {key: tuple(each.footprints.items()) for key, each in every.items()}, True
    for_each = affordable // len(every)
    if for_each:
        return {
            key: tuple(each.footprints.most_common(for_each)) for key, each in every.items()
        }, False
    # Not even one for each group: one for each field.
    of_field: dict[str, Counter[Footprint]] = defaultdict(Counter)
    for (_, name), each in every.items():
        of_field[name] += each.footprints
    return {(group, name): tuple(of_field[name].most_common(1)) for group, name in every}, False


def _all(chosen: _Samples) -> Iterable[Footprint]:
    return (footprint for samples in chosen.values() for footprint, _ in samples)


def _share(group: Group, fields: Sequence[_Field], index: int, target: Target) -> Share:
    asked, maps, best = 0, 0.0, Cover.OUTSIDE
    for each in fields:
        matching = each.matching(target)
        if not matching:
            continue
        asked += matching
        met = total = 0
        for covers_, weight in each.covers:
            total += weight
            if covers_[index]:
                met += weight
                best = max(best, covers_[index])
        maps += matching * met / total
    # Rounding must not make a map of none, nor none of a map.
    return Share(group, asked, max(1, round(maps)) if maps else 0, best)
