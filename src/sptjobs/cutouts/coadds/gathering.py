"""The coadds of a part, which stamps are added to as they are cut."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from sptjobs.cutouts.coadds.weighted_mean import Coadd
from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord
from sptjobs.products.observations import is_epoch


class Coadds:
    """Coadds of each target, band, kind and tag of maps: one for each unit and grid.

    Parameters
    ----------
    takes
        Whether the stamps of a map are added.
    """

    def __init__(self, takes: Callable[[MapRecord], bool]) -> None:
        self.takes = takes
        self._coadds: dict[tuple[Any, ...], list[Coadd]] = {}
        self._is_complete = False

    def complete(self) -> None:
        """Add no more: what is compared with the coadds from now on sees them whole."""
        self._is_complete = True

    def of(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> Coadd | None:
        """The coadd of the unit and grid of a stamp."""
        group = self._coadds.get(_group(target, record), [])
        return next((each for each in group if each.can_have(record, stamp)), None)

    def number_of(self, target: PartTarget, record: MapRecord) -> int | None:
        """The number of the coadd that a stamp was added to, None if it was to none."""
        group = self._coadds.get(_group(target, record), [])
        return next((n for n, each in enumerate(group) if record.map_id in each.members), None)

    def add(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> int | None:
        """Add a stamp, unless the coadds are complete.

        Returns
        -------
        int or None
            The number of its coadd among those of other units and grids; None of a stamp that
            was not added before the coadds were complete.
        """
        if self._is_complete:
            return self.number_of(target, record)
        group = self._coadds.setdefault(_group(target, record), [])
        number = number_in(group, record, stamp, lambda: Coadd(target, record, stamp))
        group[number].add(record, stamp)
        return number

    def __iter__(self) -> Iterator[tuple[Coadd, int]]:
        """Coadds with their numbers, in the order in which they were begun."""
        for group in self._coadds.values():
            yield from ((each, number) for number, each in enumerate(group))


class _Sum(Protocol):
    def can_have(self, record: MapRecord, stamp: Stamp) -> bool: ...


_S = TypeVar("_S", bound=_Sum)


def number_in(group: list[_S], record: MapRecord, stamp: Stamp, begin: Callable[[], _S]) -> int:
    """The place of the sum that can have a stamp, which is begun where there is none yet."""
    number = next((n for n, each in enumerate(group) if each.can_have(record, stamp)), len(group))
    if number == len(group):
        group.append(begin())
    return number


def _group(target: PartTarget, record: MapRecord) -> tuple[Any, ...]:
    return target.index, record.band, record.filetype, record.tag


def coadds_of_observations(style: Style) -> Coadds:
    """Begin the coadds of the observations that began on the days of the reference."""
    first, last = style.reference_start, style.reference_end

    def takes(record: MapRecord) -> bool:
        day = (record.date_beg or "")[:10]
        return is_epoch(record) and (first or "") <= day <= (last or day)

    return Coadds(takes)


def cannot_add(record: MapRecord, *, is_weighted: bool) -> str | None:
    """Why the stamps of a map are not put together with others; None if they can be."""
    if not record.has_weights:
        return "the map has no weights, by which its stamps are put together with others"
    if is_weighted:
        return "the map's pixels are multiplied by their weights"
    return None
