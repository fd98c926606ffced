"""FITS stamps."""

from collections.abc import Mapping, Sequence
from typing import Any

from sptjobs.cutouts.making.maker import FileMaker
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.cutouts.stamps.further_planes import FurtherPlane, further_planes
from sptjobs.cutouts.stamps.sheet_files import SheetFiles
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_format import OpenMap
from sptjobs.packs.packed_files import FileContents, FilesInParts, PackedFiles
from sptjobs.packs.records import Content, PackedFile
from sptjobs.products import fits


class FitsMaker(FileMaker[Content]):
    """Writes stamps as FITS files; what the headers of a map's stamps share is rendered once."""

    product = fits.PRODUCT
    _template: HeaderTemplate
    _files: SheetFiles
    _further: Sequence[FurtherPlane]

    def begin_map(self, opened: OpenMap) -> None:
        """Render the cards that all stamps of the map share."""
        self._template = HeaderTemplate.of(opened, self.style)
        self._files = SheetFiles(self._template)
        self._further = further_planes(opened, self.style)

    def render(self, target: PartTarget, stamp: Stamp) -> bytes:
        """Write the file."""
        further = zip(self._further, stamp.further, strict=True)
        planes = (plane.extensions(target, each) for plane, each in further)
        return b"".join((stamp_file(self._template, target, stamp), *planes))

    def make_all(
        self, targets: Sequence[PartTarget], pairs: Sequence[Pair], sheet: StampSheet
    ) -> Sequence[Content | None] | FilesInParts:
        """Write the files of all stamps with an observed pixel."""
        del pairs
        files = self._files.written(targets, sheet)
        if all(sheet.observed):
            return files
        # Not all at hand at once, unless they are kept.
        pairs_of = zip(files, sheet.observed, strict=True)
        return [bytes(file) if observed else None for file, observed in pairs_of]

    def content_of(self, piece: Content) -> Content:
        """Give the file."""
        return piece

    def contents_of(self, pieces: Sequence[Content] | FilesInParts) -> FileContents:
        """Give the files."""
        return pieces

    def facts_of(self, piece: Content, packed: PackedFile) -> Mapping[str, Any]:
        """Name, size and checksum."""
        del piece
        return {"file": packed.name, "size": packed.size, "sha256": packed.sha256}

    def facts_of_all(
        self, pieces: Sequence[Content] | FilesInParts, packed: PackedFiles
    ) -> Mapping[str, Sequence[Any]]:
        """Names, sizes and checksums."""
        del pieces
        return {"file": packed.names, "size": packed.sizes, "sha256": packed.digests}
