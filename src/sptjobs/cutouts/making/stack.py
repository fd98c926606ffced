"""Stacks of the targets of a job."""

from collections import Counter

from sptjobs.cutouts.coadds.gathering import Coadds, number_in
from sptjobs.cutouts.coadds.stack_file import StackCounts, stack_file
from sptjobs.cutouts.coadds.stacking import StackSum
from sptjobs.cutouts.making.adding import AddingMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import stack_name
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord
from sptjobs.products import stack
from sptjobs.request.identifiers import file_stems

_Group = tuple[str, str, str | None, str | None]


class StackMaker(AddingMaker):
    """Adds the stamps of all targets, and writes the stacks at the end."""

    product = stack.PRODUCT

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._counts = dict(style.stacks)
        labels = [label for label in self._counts if label is not None]
        self._stems = dict(zip(labels, file_stems(labels), strict=True))
        self._stacks: dict[_Group, list[StackSum]] = {}
        self._failed: Counter[_Group] = Counter()

    def takes(self, record: MapRecord) -> bool:
        """Add the stamps of every map."""
        del record
        return True

    def added(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> str:
        """Add a stamp to the stack of its unit, shape and scale."""
        group = self._stacks.setdefault(_group(target, record), [])
        number = number_in(group, record, stamp, lambda: StackSum(record, stamp))
        group[number].add(target, stamp)
        return self._name(record, target.stack, number)

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Count the stamps that the stack lacks."""
        del pair, reason
        self._failed[_group(target, record)] += 1

    def _name(self, record: MapRecord, label: str | None, number: int) -> str:
        return stack_name(record, None if label is None else self._stems[label], number)

    def finish(self) -> None:
        """Write the stacks."""
        for group, its_stacks in self._stacks.items():
            label = group[3]
            counts = StackCounts(label, self._counts.get(label, 0), self._failed[group])
            for number, each in enumerate(its_stacks):
                content = stack_file(each, self.style, counts)
                name = self._name(each.record, label, number)
                self.sink.add_files([name], [content], "application/fits", stack.NAME)


def _group(target: PartTarget, record: MapRecord) -> _Group:
    return record.band, record.filetype, record.tag, target.stack
