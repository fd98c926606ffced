"""Headers and tables of files that are made of the stamps of several maps."""

from collections.abc import Iterable, Sequence

from sptjobs.cutouts.coadds.one_grid import Member, OneGrid
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.cutouts.stamps.header_bytes import CardRow, cards, commentary_cards, hdu_bytes
from sptjobs.cutouts.stamps.spt3g_cards import spt3g_cards
from sptjobs.cutouts.stamps.stamp_header import made_by, resampling_cards
from sptjobs.formats.map_content import Plane
from sptjobs.maps.record import MapRecord
from sptjobs.packs.bintable import table_cards, table_rows
from sptjobs.packs.forms import Column, Form
from sptjobs.uws.mjd import modified_julian_date

MEMBERS = Form(
    "inputs",
    (
        Column("map_id", "char", "Map"),
        Column("obsid", "char", "Observation"),
        Column("field", "char", "Field"),
        Column("date_beg", "char", "Begin (UTC)"),
        Column("date_end", "char", "End (UTC)"),
        Column("sha256", "char", "SHA-256 of the map's file"),
        Column("pixels", "int", "Observed pixels of its stamp"),
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
"""The table of the maps."""


def gathered_cards(
    gathered: OneGrid, plane: Plane, style: Style, own: Iterable[CardRow], remarks: Iterable[str]
) -> str:
    """Cards of a plane beside those of the target and of the grid.

    Parameters
    ----------
    own
        What only this kind of file has, in both planes.
    remarks
        Lines on how SCI and WGT were made, for the header of SCI.
    """
    record = gathered.common_record
    rows: list[CardRow] = [
        *_unit(record, plane),
        ("BAND", record.band, ""),
        ("FILETYPE", record.filetype, "kind of the maps"),
        *_dates([member.record for member in gathered.members.values()]),
        *spt3g_cards(plane, {}, record.unit),
        *([] if record.tag is None else [("OBSID", record.tag, "tag of the maps")]),
        *own,
        ("REQ_SHA", style.request_sha256, ""),
        *resampling_cards(style, plane),
    ]
    if plane is Plane.WGT:
        return cards(rows)
    if record.beam_arcmin is not None:
        rows += [(n, record.beam_arcmin / 60, "[deg] beam, FWHM") for n in ("BMAJ", "BMIN")]
    about = "".join(commentary_cards("COMMENT", line) for line in remarks)
    return cards([*rows, *made_by(style)]) + about


def table_of_members(form: Form, members: Sequence[Member]) -> bytes:
    """A table of maps with the columns of ``MEMBERS``, as an extension."""
    texts = {column.name for column in form.columns if column.datatype == "char"}
    lengths = {
        name: max(1, *(len(getattr(member.record, name) or "") for member in members))
        for name in texts
    }
    unit = members[0].record.weight_unit
    about = [("WGTUNIT", unit)] if unit is not None else []
    head = table_cards(form, about, lengths, len(members))
    rows = b"".join(table_rows(form, lengths, members))
    return hdu_bytes(cards((name, value, "") for name, value in head), rows)


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
