"""Files with all observations of a target: what cubes and animations have in common."""

from abc import abstractmethod

from sptjobs.cutouts.coadds.gathering import Coadds, number_in
from sptjobs.cutouts.epochs.epochs import Epochs
from sptjobs.cutouts.epochs.kept_pixels import KeptPixels
from sptjobs.cutouts.making.adding import AddingMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import gathered_name
from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.maps.record import MapRecord
from sptjobs.products.observations import is_epoch
from sptjobs.products.product import FileKind


class EpochFileMaker(AddingMaker):
    """Keeps the stamps of each target, and writes them when all are there, or a file is full.

    Attributes
    ----------
    needs_weights
        Whether weights are a part of its files.
    """

    needs_weights = True

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._kept = KeptPixels()
        self._groups: dict[tuple[int, str, str], list[Epochs]] = {}

    @abstractmethod
    def content_of(self, epochs: Epochs) -> bytes:
        """Write a file."""

    def takes(self, record: MapRecord) -> bool:
        """Keep the stamps of single observations."""
        return is_epoch(record)

    def added(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> str:
        """Keep a stamp with those of its unit and grid."""
        group = self._groups.setdefault((target.index, record.band, record.filetype), [])
        number = number_in(group, record, stamp, lambda: self._new(target, record, stamp))
        epochs = group[number]
        epochs.add(record, stamp)
        if epochs.is_full:
            self._write(epochs, number)
        return self._name(epochs, number)

    def finish(self) -> None:
        """Write the files that are not full, and forget the pixels."""
        for group in self._groups.values():
            for number, epochs in enumerate(group):
                if not epochs.is_full:
                    self._write(epochs, number)
        self._kept.close()

    def _new(self, target: PartTarget, record: MapRecord, first: Stamp) -> Epochs:
        return Epochs(target, record, first, self._kept, keeps_weights=self.needs_weights)

    def _write(self, epochs: Epochs, number: int) -> None:
        name, content = self._name(epochs, number), self.content_of(epochs)
        self.sink.add_files([name], [content], self._kind.media_type, self.product.name)
        epochs.let_go()

    def _name(self, epochs: Epochs, number: int) -> str:
        stem, record = epochs.target.stem, epochs.common_record
        return gathered_name(stem, self.product.name, record, number, self._kind.suffix)

    @property
    def _kind(self) -> FileKind:
        kind = self.product.output
        assert isinstance(kind, FileKind)
        return kind
