"""The making of a product: what the cutting of a part asks of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Generic, TypeVar

from sptjobs.cutouts.coadds.gathering import Coadds
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.packed_files import FileContents, FilesInParts, PackedFiles
from sptjobs.packs.records import Content, Outcome, PackedFile
from sptjobs.products.product import FileKind, Product
from sptjobs.uws.pair_status import Status

Piece = TypeVar("Piece")


class Maker(ABC, Generic[Piece]):
    """Makes one product of the pairs of a part.

    Parameters
    ----------
    style, sink
        How the part is made, and where it goes.
    coadds
        Those of the part's observations, which its makers share.

    Attributes
    ----------
    looks_ahead
        Whether it has to see all stamps of the part before it makes the first.
    """

    looks_ahead = False

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        self.style, self.sink, self.coadds = style, sink, coadds

    def look(self, opened: OpenMap, target: PartTarget, stamp: Stamp) -> None:
        """See a stamp with an observed pixel, before any is made; see ``looks_ahead``."""

    def looked(self) -> None:
        """Know that all stamps of the part were seen."""

    def begin_map(self, opened: OpenMap) -> None:
        """Prepare for the pairs of a map."""

    @abstractmethod
    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> Piece:
        """Make the product of a pair, and keep nothing of it yet.

        Parameters
        ----------
        stamp
            The stamp; None where no product needs one, or where it misses the map.
        """

    def make_all(
        self, targets: Sequence[PartTarget], pairs: Sequence[Pair], sheet: StampSheet
    ) -> Sequence[Piece] | FilesInParts:
        """Make the product of pairs whose stamps have one shape; as ``make``, of all at once.

        Pieces that are files of one size may be written when they are added, not before.
        """
        stamps = map(sheet.stamp, range(len(sheet)))
        return [self.make(*each) for each in zip(targets, pairs, stamps, strict=True)]

    @abstractmethod
    def add(self, outcome: Outcome, piece: Piece, stem: str) -> Outcome:
        """Keep what was made of a pair, and return its outcome with what there is to know of it.

        Parameters
        ----------
        stem
            What the names of the pair's files begin with.
        """

    def add_all(
        self, outcomes: OutcomeColumns, pieces: Sequence[Piece] | FilesInParts, stems: Sequence[str]
    ) -> OutcomeColumns:
        """Keep what was made of pairs; as ``add``, of all at once."""
        each: Iterable[Any] = pieces
        rows = map(self.add, outcomes.rows(), each, stems)
        return OutcomeColumns.of(list(rows))

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Keep what there is to know of a pair that failed."""

    def finish(self) -> None:
        """Write what holds for the whole part."""


def without_product(outcome: Outcome, status: Status, reason: str) -> Outcome:
    """Say why a pair lacks a product; its status says so too where it has no other file."""
    if outcome.file is not None or outcome.preview is not None:
        return outcome.changed(reason=reason)
    return outcome.changed(status=status.value, reason=reason)


class FileMaker(Maker[Piece | None]):
    """Makes a product that has one file for each pair with an observed pixel."""

    product: Product
    """Its declaration, whose output is files."""

    @abstractmethod
    def render(self, target: PartTarget, stamp: Stamp) -> Piece:
        """Make the product of a stamp."""

    @abstractmethod
    def content_of(self, piece: Piece) -> Content:
        """Give the bytes of the file."""

    @abstractmethod
    def facts_of(self, piece: Piece, packed: PackedFile) -> Mapping[str, Any]:
        """Attributes of the outcome that tell of the file."""

    def contents_of(self, pieces: Sequence[Piece]) -> FileContents:
        """Give the bytes of the files of all."""
        return list(map(self.content_of, pieces))

    def facts_of_all(
        self, pieces: Sequence[Piece], packed: PackedFiles
    ) -> Mapping[str, Sequence[Any]]:
        """Attributes of the outcomes of all, as ``facts_of`` gives them of each."""
        rows = list(map(self.facts_of, pieces, packed.rows()))
        return {name: [row.get(name) for row in rows] for name in rows[0]}

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> Piece | None:
        """Render the stamp, if there is one with an observed pixel."""
        del pair
        if stamp is None or not stamp.observed.any():
            return None
        return self.render(target, stamp)

    def add(self, outcome: Outcome, piece: Piece | None, stem: str) -> Outcome:
        """Add the file."""
        if piece is None:
            return outcome
        packed = self._packed([f"{stem}{self._kind.suffix}"], [piece])
        return outcome.changed(**self.facts_of(piece, next(packed.rows())))

    def add_all(
        self,
        outcomes: OutcomeColumns,
        pieces: Sequence[Piece | None] | FilesInParts,
        stems: Sequence[str],
    ) -> OutcomeColumns:
        """Add the files of all, one after the other."""
        is_made = [True] * len(pieces)
        made: Any = pieces
        if not isinstance(pieces, FilesInParts):
            is_made = [piece is not None for piece in pieces]
            made = list(compress(pieces, is_made))
        if not made:
            return outcomes
        names = [f"{stem}{self._kind.suffix}" for stem in compress(stems, is_made)]
        facts = self.facts_of_all(made, self._packed(names, made))
        if len(made) < len(pieces):
            facts = {name: _spread(column, is_made) for name, column in facts.items()}
        return outcomes.changed(**facts)

    @property
    def _kind(self) -> FileKind:
        kind = self.product.output
        assert isinstance(kind, FileKind)
        return kind

    def _packed(self, names: Sequence[str], pieces: Sequence[Piece]) -> PackedFiles:
        contents = self.contents_of(pieces)
        return self.sink.add_files(names, contents, self._kind.media_type, self.product.name)


def _spread(column: Sequence[Any], is_made: Sequence[bool]) -> list[Any]:
    """A column of those that were made as one of all, None of the others."""
    left = iter(column)
    return [next(left) if made else None for made in is_made]
