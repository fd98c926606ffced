"""The FITS file of a coadd: SCI, WGT, and the table INPUTS of what is in it."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from sptjobs.cutouts.coadds.gathered_cards import MEMBERS, gathered_cards, table_of_members
from sptjobs.cutouts.coadds.one_grid import Member
from sptjobs.cutouts.coadds.weighted_mean import Coadd
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.cutouts.stamps.header_bytes import CardRow
from sptjobs.cutouts.stamps.local_noise import NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.noise_cards import map_noise_cards
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.formats.map_content import Plane
from sptjobs.maps.record import MapRecord

_FORMULA = (
    "SCI = sum(w s) / sum(w), WGT = sum(w), over the observed pixels s, with",
    "weights w, of the maps that the table INPUTS lists.",
)


def coadd_file(coadd: Coadd, style: Style, failed: int) -> bytes:
    """Write a coadd.

    Parameters
    ----------
    failed
        How many observations should be in it and could not be read.
    """
    stamp = coadd.stamp
    if style.measures_noise:
        stamp = _with_noise(stamp, coadd.common_record)
    template = HeaderTemplate(
        {plane: _cards(coadd, plane, style, failed) for plane in Plane}, opened=None
    )
    inputs = table_of_members(MEMBERS, list(coadd.members.values()))
    return stamp_file(template, coadd.target, stamp) + inputs


def members_digest(members: Iterable[Member]) -> str:
    """SHA-256 of the checksums of the maps, in order, by which a coadd can be known again."""
    lines = "".join(f"{member.record.sha256}\n" for member in members)
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def _with_noise(stamp: Stamp, record: MapRecord) -> Stamp:
    # Each map has a factor of its own: the weights are taken as they are.
    scale = NoiseScale.of(replace(record, noise=None))
    return replace(stamp, noise=noise_of_all(stamp.sci[None], stamp.wgt[None], scale)[0])


def _cards(coadd: Coadd, plane: Plane, style: Style, failed: int) -> str:
    own: list[CardRow] = [
        ("NCOADD", len(coadd.members), "maps in the mean"),
        ("NFAILED", failed, "maps that could not be read"),
        ("COADDSHA", members_digest(coadd.members.values()), "of the SRC_SHA of its maps"),
    ]
    about = gathered_cards(coadd, plane, style, own, _FORMULA)
    if plane is Plane.WGT or not style.measures_noise:
        return about
    return about + map_noise_cards(replace(coadd.common_record, noise=None))
