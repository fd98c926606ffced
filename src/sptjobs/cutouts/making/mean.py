"""Means of a target's stamps over several maps: what coadds and mosaics have in common."""

from collections import Counter
from typing import NamedTuple

from sptjobs.cutouts.coadds.coadd_file import coadd_file
from sptjobs.cutouts.coadds.gathering import Coadds, cannot_add
from sptjobs.cutouts.making.maker import Maker, without_product
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import gathered_name
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.products.product import FileKind, Product
from sptjobs.uws.pair_status import Status


class _Found(NamedTuple):
    """A stamp that is to be added, or why none can be."""

    target: PartTarget
    stamp: Stamp | None
    reason: str | None


class MeanMaker(Maker[_Found | None]):
    """Adds the stamps of each target, and writes the means when all of its maps are done.

    Its product's name is that of the attribute of outcomes that names the file.
    """

    product: Product
    """Its declaration, whose output is files."""

    _opened: OpenMap

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._failed: Counter[tuple[int, str, str, str | None]] = Counter()

    def begin_map(self, opened: OpenMap) -> None:
        """Take the map whose stamps are added."""
        self._opened = opened

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> _Found | None:
        """Take a stamp that belongs to the mean, if a pixel of it is observed."""
        del pair
        record = self._opened.record
        if stamp is None or not self.coadds.takes(record) or not stamp.observed.any():
            return None
        reason = cannot_add(record, is_weighted=self._opened.is_weighted)
        return _Found(target, stamp if reason is None else None, reason)

    def add(self, outcome: Outcome, piece: _Found | None, stem: str) -> Outcome:
        """Add the stamp, and name the file that will hold the mean."""
        del stem
        if piece is None:
            return outcome
        if piece.stamp is None:
            return without_product(outcome, Status.FAILED, piece.reason or "")
        record = self._opened.record
        number = self.coadds.add(piece.target, record, piece.stamp)
        if number is None:
            self._count_failed(piece.target, record)
            return outcome
        return outcome.changed(**{self.product.name: self._name(piece.target, record, number)})

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Count the maps that the mean lacks."""
        del pair, reason
        if self.coadds.takes(record) and self.coadds.number_of(target, record) is None:
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
