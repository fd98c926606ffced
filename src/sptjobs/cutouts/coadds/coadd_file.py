"""The FITS file of a coadd: SCI, WGT, and the table INPUTS of what is in it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sptjobs.cutouts.coadds.weighted_mean import Coadd, Member
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.cutouts.stamps.header_bytes import CardRow, cards, commentary_cards, hdu_bytes
from sptjobs.cutouts.stamps.local_noise import NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.noise_cards import map_noise_cards
from sptjobs.cutouts.stamps.spt3g_cards import spt3g_cards
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate, made_by, resampling_cards
from sptjobs.formats.map_content import Plane
from sptjobs.maps.record import MapRecord
from sptjobs.packs.bintable import table_cards, table_rows
from sptjobs.packs.forms import Column, Form
from sptjobs.uws.mjd import modified_julian_date

_FORMULA = (
    "SCI = sum(w s) / sum(w), WGT = sum(w), over the observed pixels s, with",
    "weights w, of the maps that the table INPUTS lists.",
)

_INPUTS = Form(
    "inputs",
    (
        Column("map_id", "char", "Map"),
        Column("obsid", "char", "Observation"),
        Column("field", "char", "Field"),
        Column("date_beg", "char", "Begin (UTC)"),
        Column("date_end", "char", "End (UTC)"),
        Column("sha256", "char", "SHA-256 of the map's file"),
        Column("pixels", "int", "Pixels of it in the coadd"),
        Column("mean_weight", "double", "Mean weight of these"),
    ),
    "",
    lambda member: (
        member.record.map_id,
        member.record.obsid,
        member.record.field,
        member.record.date_beg,
        member.record.date_end,
        member.record.sha256,
        member.pixels,
        member.weight,
    ),
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
    return stamp_file(template, coadd.target, stamp) + _inputs(list(coadd.members.values()))


def members_digest(members: Iterable[Member]) -> str:
    """SHA-256 of the checksums of the maps, in order, by which a coadd can be known again."""
    lines = "".join(f"{member.record.sha256}\n" for member in members)
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def _with_noise(stamp: Stamp, record: MapRecord) -> Stamp:
    # Each map has a factor of its own: the weights are taken as they are.
    scale = NoiseScale.of(replace(record, noise=None))
    return replace(stamp, noise=noise_of_all(stamp.sci[None], stamp.wgt[None], scale)[0])


def _cards(coadd: Coadd, plane: Plane, style: Style, failed: int) -> str:
    record = coadd.common_record
    rows: list[CardRow] = [
        *_unit(record, plane),
        ("BAND", record.band, ""),
        ("FILETYPE", record.filetype, "kind of the maps"),
        *_dates([member.record for member in coadd.members.values()]),
        *spt3g_cards(plane, {}, record.unit),
        *([] if record.tag is None else [("OBSID", record.tag, "tag of the maps")]),
        ("NCOADD", len(coadd.members), "maps in the mean"),
        ("NFAILED", failed, "maps that could not be read"),
        ("REQ_SHA", style.request_sha256, ""),
        ("COADDSHA", members_digest(coadd.members.values()), "of the SRC_SHA of its maps"),
        *resampling_cards(style, plane),
    ]
    if plane is Plane.WGT:
        return cards(rows)
    if record.beam_arcmin is not None:
        rows += [(n, record.beam_arcmin / 60, "[deg] beam, FWHM") for n in ("BMAJ", "BMIN")]
    remarks = "".join(commentary_cards("COMMENT", line) for line in _FORMULA)
    noise = map_noise_cards(replace(record, noise=None)) if style.measures_noise else ""
    return cards([*rows, *made_by(style)]) + remarks + noise


def _unit(record: MapRecord, plane: Plane) -> list[CardRow]:
    unit = record.unit if plane is Plane.SCI else record.weight_unit
    return [] if unit is None else [("BUNIT", unit, "")]


def _dates(records: Sequence[MapRecord]) -> list[CardRow]:
    """From the begin of the first observation to the end of the last."""
    begins = [each.date_beg for each in records if each.date_beg is not None]
    ends = [each.date_end or each.date_beg for each in records]
    rows: list[CardRow] = []
    if not begins:
        return rows
    first, last = min(begins), max(each for each in ends if each is not None)
    for name, date in (("BEG", first), ("END", last)):
        rows += [(f"DATE-{name}", date, "UTC"), (f"MJD-{name}", modified_julian_date(date), "UTC")]
    return rows


def _inputs(members: Sequence[Member]) -> bytes:
    """The table of the maps, as an extension."""
    texts = {column.name for column in _INPUTS.columns if column.datatype == "char"}
    lengths = {
        name: max(1, *(len(getattr(member.record, name) or "") for member in members))
        for name in texts
    }
    unit = members[0].record.weight_unit
    about = [("WGTUNIT", unit)] if unit is not None else []
    head = table_cards(_INPUTS, about, lengths, len(members))
    rows = b"".join(table_rows(_INPUTS, lengths, members))
    return hdu_bytes(cards((name, value, "") for name, value in head), rows)
