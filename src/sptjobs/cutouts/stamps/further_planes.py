"""Further planes of polarisation in the file of a stamp: extensions behind SCI and WGT.

The pixels of a plane are called by its state (``Q``), its weights ``WGT_Q``; weights that it
shares with the plane before stand in the file once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.image_hdu import image_hdu
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_images
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.formats.map_content import Plane
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord


@dataclass(frozen=True, slots=True)
class FurtherPlane:
    """What the extensions of a further plane are called, and what their headers share."""

    state: str
    template: HeaderTemplate
    has_own_weights: bool

    def extensions(self, target: PartTarget, stamp: Stamp) -> bytes:
        """Write the extensions of a stamp of the plane."""
        return b"".join(
            image_hdu(
                self.state if plane is Plane.SCI else f"WGT_{self.state}",
                pixels,
                cards,
                is_primary=False,
            )
            for plane, pixels, cards in stamp_images(self.template, target, stamp)
            if plane is Plane.SCI or self.has_own_weights
        )


def further_planes(opened: OpenMap, style: Style) -> Sequence[FurtherPlane]:
    """The further planes of stamps of an open map."""
    written = [_weights(opened.record)]
    found = []
    for state, each in zip(style.states[1:], opened.further, strict=True):
        weights = _weights(each.record)
        is_own = weights not in written
        written.append(weights)
        found.append(FurtherPlane(state, HeaderTemplate.of(each, style), is_own))
    return found


def _weights(record: MapRecord) -> tuple[object, ...]:
    """Where the weights of a map are."""
    return record.wgt_hdu, record.wgt_layer, record.wcs.get("WGT_COL")
