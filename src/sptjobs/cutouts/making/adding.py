"""Adding the stamps of a part: what means over maps and stacks over targets have in common."""

from abc import abstractmethod
from typing import NamedTuple

from sptjobs.cutouts.coadds.gathering import cannot_add
from sptjobs.cutouts.making.maker import Maker, without_product
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.products.product import Product
from sptjobs.uws.pair_status import Status


class Addend(NamedTuple):
    """A stamp that is to be added, or why none can be."""

    target: PartTarget
    stamp: Stamp | None
    reason: str | None


class AddingMaker(Maker[Addend | None]):
    """Adds stamps, and names in each outcome the file that will hold their sum.

    Its product's name is that of the attribute of outcomes that names the file.
    """

    product: Product
    """Its declaration, whose output is files."""

    _opened: OpenMap

    @abstractmethod
    def takes(self, record: MapRecord) -> bool:
        """Whether the stamps of a map are added."""

    @abstractmethod
    def added(self, target: PartTarget, record: MapRecord, stamp: Stamp) -> str | None:
        """Add a stamp; give the name of the file that it will be in, None if it is in none."""

    def begin_map(self, opened: OpenMap) -> None:
        """Take the map whose stamps are added."""
        self._opened = opened

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> Addend | None:
        """Take a stamp that is to be added, if a pixel of it is observed."""
        del pair
        record = self._opened.record
        if stamp is None or not self.takes(record) or not stamp.observed.any():
            return None
        reason = cannot_add(record, is_weighted=self._opened.is_weighted)
        return Addend(target, stamp if reason is None else None, reason)

    def add(self, outcome: Outcome, piece: Addend | None, stem: str) -> Outcome:
        """Add the stamp, and name the file."""
        del stem
        if piece is None:
            return outcome
        if piece.stamp is None:
            return without_product(outcome, Status.FAILED, piece.reason or "")
        name = self.added(piece.target, self._opened.record, piece.stamp)
        return outcome if name is None else outcome.changed(**{self.product.name: name})
