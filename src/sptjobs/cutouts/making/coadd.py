"""Coadds of the observations of a target."""

from collections import Counter
from typing import NamedTuple

from sptjobs.cutouts.coadds.coadd_file import coadd_file
from sptjobs.cutouts.coadds.weighted_mean import Coadds, cannot_add
from sptjobs.cutouts.making.maker import Maker, without_product
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import coadd_name
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.products import coadd
from sptjobs.products.observations import is_epoch
from sptjobs.uws.pair_status import Status


class _Found(NamedTuple):
    """A stamp that is to be added, or why none can be."""

    target: PartTarget
    stamp: Stamp | None
    reason: str | None


class CoaddMaker(Maker[_Found | None]):
    """Adds the stamps of each target, and writes the coadds when all of its maps are done."""

    _opened: OpenMap

    def __init__(self, style: Style, sink: Sink) -> None:
        super().__init__(style, sink)
        self._coadds = Coadds(style.reference_start, style.reference_end)
        self._failed: Counter[tuple[int, str, str]] = Counter()

    def begin_map(self, opened: OpenMap) -> None:
        """Take the map whose stamps are added."""
        self._opened = opened

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> _Found | None:
        """Take a stamp of an observation that belongs to the coadd, if a pixel is observed."""
        del pair
        record = self._opened.record
        if stamp is None or not self._takes(record) or not stamp.observed.any():
            return None
        reason = cannot_add(record, is_weighted=self._opened.is_weighted)
        return _Found(target, stamp if reason is None else None, reason)

    def add(self, outcome: Outcome, piece: _Found | None, stem: str) -> Outcome:
        """Add the stamp, and name the file that will hold the coadd."""
        del stem
        if piece is None:
            return outcome
        if piece.stamp is None:
            return without_product(outcome, Status.FAILED, piece.reason or "")
        record = self._opened.record
        number = self._coadds.add(piece.target, record, piece.stamp)
        return outcome.changed(coadd=coadd_name(piece.target.stem, record, number))

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Count the observations that the coadd lacks."""
        del pair, reason
        if self._takes(record):
            self._failed[target.index, record.band, record.filetype] += 1

    def _takes(self, record: MapRecord) -> bool:
        return is_epoch(record) and self._coadds.takes(record)

    def finish(self) -> None:
        """Write the coadds."""
        for each, number in self._coadds:
            record = next(iter(each.members.values())).record
            failed = self._failed[each.target.index, record.band, record.filetype]
            content = coadd_file(each, self.style, failed)
            name = coadd_name(each.target.stem, record, number)
            self.sink.add_files([name], [content], coadd.MEDIA_TYPE, coadd.NAME)
