"""Preview pictures."""

from collections.abc import Mapping
from typing import Any

from sptjobs.cutouts.making.maker import FileMaker
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.picture import Preview, render_preview
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.packs.records import PackedFile
from sptjobs.products import preview


class PreviewMaker(FileMaker[Preview]):
    """Draws stamps as pictures."""

    product = preview.PRODUCT

    def render(self, target: PartTarget, stamp: Stamp) -> Preview:
        """Draw the picture."""
        del target
        return render_preview(stamp.sci, stamp.observed)

    def content_of(self, piece: Preview) -> bytes:
        """Give the PNG."""
        return piece.content

    def facts_of(self, piece: Preview, packed: PackedFile) -> Mapping[str, Any]:
        """Name, and what the colours stand for."""
        return {"preview": packed.name, "preview_range": piece.limit, "sigma": piece.sigma}
