"""Means of a target's stamps over several maps: what coadds and mosaics have in common."""

from collections import Counter

from sptjobs.cutouts.coadds.coadd_file import coadd_file
from sptjobs.cutouts.coadds.gathering import Coadds
from sptjobs.cutouts.making.adding import AddingMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import gathered_name
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord
from sptjobs.products.product import FileKind


class MeanMaker(AddingMaker):
    """Adds the stamps of each target, and writes the means when all of its maps are done."""

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._failed: Counter[tuple[int, str, str, str | None]] = Counter()

    def takes(self, record: MapRecord) -> bool:
        """Whether a map is one of those that the means are of."""
        return self.coadds.takes(record)

    def added(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> str | None:
        """Add a stamp, unless the means are complete."""
        number = self.coadds.add(target, record, stamp)
        if number is not None:
            return self._name(target, record, number)
        self._count_failed(target, record)
        return None

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Count the maps that the mean lacks."""
        del pair, reason
        if self.takes(record) and self.coadds.number_of(target, record) is None:
            self._count_failed(target, record)

    def _count_failed(self, target: PartTarget, record: MapRecord) -> None:
        self._failed[target.index, record.band, record.filetype, record.tag] += 1

    def _name(self, target: PartTarget, record: MapRecord, number: int) -> str:
        return gathered_name(target.stem, self.product.name, record, number)

    def finish(self) -> None:
        """Write the means."""
        kind = self.product.output
        assert isinstance(kind, FileKind)
        for each, number in self.coadds:
            record = each.common_record
            failed = self._failed[each.target.index, record.band, record.filetype, record.tag]
            content = coadd_file(each, self.style, failed)
            name = self._name(each.target, record, number)
            self.sink.add_files([name], [content], kind.media_type, self.product.name)
