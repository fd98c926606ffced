"""Differences of observations and their coadd."""

from dataclasses import replace
from typing import NamedTuple

from sptjobs.cutouts.coadds.coadd_file import members_digest
from sptjobs.cutouts.coadds.differencing import difference as subtracted
from sptjobs.cutouts.coadds.gathering import Coadds, cannot_add
from sptjobs.cutouts.coadds.weighted_mean import Coadd
from sptjobs.cutouts.making.maker import Maker, without_product
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.header_bytes import CardRow, cards, commentary_cards
from sptjobs.cutouts.stamps.local_noise import NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.formats.map_content import Plane
from sptjobs.formats.map_format import OpenMap
from sptjobs.packs.records import Outcome
from sptjobs.products import difference
from sptjobs.products.observations import is_epoch
from sptjobs.request.cutout_request import PLANES
from sptjobs.uws.pair_status import Status

_NO_COADD = "no difference: no observation of the coadd has a pixel of this stamp"
_ALONE = "no difference: the coadd has no pixel here that is of another observation"

_FORMULA = {
    True: "1/WGT = 1/w - 1/W, because s is one of those that C is the mean of.",
    False: "1/WGT = 1/w + 1/W, because s is none of those that C is the mean of.",
}
_TERMS = (
    "SCI = s - C: the observation s, with weights w, minus the coadd C,",
    "with weights W, of NCOADD observations.",
)


class _Found(NamedTuple):
    """The file of a difference and whether its map is in the coadd, or why there is none."""

    content: bytes = b""
    is_member: bool = False
    status: Status = Status.OK
    reason: str | None = None


class DifferenceMaker(Maker[_Found | None]):
    """Makes the coadds of a part first, and then compares each observation with its coadd."""

    looks_ahead = True
    _opened: OpenMap
    _template: HeaderTemplate

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._digests: dict[Coadd, str] = {}

    def look(self, opened: OpenMap, target: PartTarget, stamp: Stamp) -> None:
        """Add a stamp to its coadd."""
        record = opened.record
        unfit = cannot_add(record, is_weighted=opened.is_weighted) is not None
        if self.coadds.takes(record) and not unfit:
            self.coadds.add(target, record, stamp)

    def looked(self) -> None:
        """Compare with what was added until now, however often a map can be read."""
        self.coadds.complete()

    def begin_map(self, opened: OpenMap) -> None:
        """Render the cards that all stamps of the map share."""
        self._opened = opened
        self._template = HeaderTemplate.of(opened, replace(self.style, planes=PLANES))

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> _Found | None:
        """Subtract the coadd from a stamp of an observation, if a pixel of it is observed."""
        del pair
        record = self._opened.record
        if stamp is None or not is_epoch(record) or not stamp.observed.any():
            return None
        unfit = cannot_add(record, is_weighted=self._opened.is_weighted)
        if unfit is not None:
            return _Found(status=Status.FAILED, reason=unfit)
        coadd = self.coadds.of(target, record, stamp)
        if coadd is None:
            return _Found(status=Status.NO_DATA, reason=_NO_COADD)
        return self._found(target, stamp, coadd, is_member=record.map_id in coadd.members)

    def _found(self, target: PartTarget, stamp: Stamp, coadd: Coadd, *, is_member: bool) -> _Found:
        made = subtracted(stamp, coadd, is_member=is_member)
        if not made.observed.any():
            return _Found(status=Status.NO_DATA, reason=_ALONE if is_member else _NO_COADD)
        if stamp.noise is not None:
            scale = NoiseScale.of(self._opened.record)
            made = replace(made, noise=noise_of_all(made.sci[None], made.wgt[None], scale)[0])
        template = self._with_cards(coadd, is_member=is_member)
        return _Found(stamp_file(template, target, made), is_member)

    def _with_cards(self, coadd: Coadd, *, is_member: bool) -> HeaderTemplate:
        if coadd not in self._digests:
            self._digests[coadd] = members_digest(coadd.members.values())
        rows: list[CardRow] = [
            ("NCOADD", len(coadd.members), "observations in the coadd"),
            ("INCOADD", is_member, "this observation is one of them"),
            ("COADDSHA", self._digests[coadd], "of the SRC_SHA of its maps"),
        ]
        remarks = (*_TERMS, _FORMULA[is_member])
        about = cards(rows) + "".join(commentary_cards("COMMENT", line) for line in remarks)
        common = dict(self._template.common)
        common[Plane.SCI] += about
        return replace(self._template, common=common)

    def add(self, outcome: Outcome, piece: _Found | None, stem: str) -> Outcome:
        """Add the file."""
        if piece is None:
            return outcome
        if piece.reason is not None:
            return without_product(outcome, piece.status, piece.reason)
        name = f"{stem}{difference.SUFFIX}"
        self.sink.add_files([name], [piece.content], difference.MEDIA_TYPE, difference.NAME)
        return outcome.changed(difference=name, in_coadd=piece.is_member)
