"""FITS stamps."""

from collections.abc import Mapping
from typing import Any

from sptjobs.cutouts.making.maker import FileMaker
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.formats.map_format import OpenMap
from sptjobs.packs.records import PackedFile
from sptjobs.products import fits


class FitsMaker(FileMaker[bytes]):
    """Writes stamps as FITS files; what the headers of a map's stamps share is rendered once."""

    product = fits.PRODUCT
    _template: HeaderTemplate

    def begin_map(self, opened: OpenMap) -> None:
        """Render the cards that all stamps of the map share."""
        self._template = HeaderTemplate.of(opened, self.style)

    def render(self, target: PartTarget, stamp: Stamp) -> bytes:
        """Write the file."""
        return stamp_file(self._template, target, stamp)

    def content_of(self, piece: bytes) -> bytes:
        """Give the file."""
        return piece

    def facts_of(self, piece: bytes, packed: PackedFile) -> Mapping[str, Any]:
        """Name, size and checksum."""
        del piece
        return {"file": packed.name, "size": packed.size, "sha256": packed.sha256}
