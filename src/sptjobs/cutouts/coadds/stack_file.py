"""The FITS file of a stack: SCI, WGT, ERR and COUNT, and the table TARGETS of what is in it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sptjobs.cutouts.coadds.stacking import Stacked, StackSum
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.cutouts.stamps.header_bytes import CardRow, cards, commentary_cards, hdu_bytes
from sptjobs.cutouts.stamps.image_hdu import image_hdu
from sptjobs.cutouts.stamps.stamp_header import made_by, resampling_cards
from sptjobs.formats.map_content import Plane
from sptjobs.packs.bintable import table_cards, table_rows
from sptjobs.packs.forms import Column, Form

_FORMULA = (
    "SCI = sum(w s) / sum(w), WGT = sum(w), over the observed pixels s, with",
    "weights w, of the targets that the table TARGETS lists.",
    "ERR = sqrt(n / (n - 1) sum(w^2 (s - SCI)^2)) / sum(w) of the COUNT = n",
    "stamps: the error by their scatter, where 1/sqrt(WGT) is that by weights.",
)

_TARGETS = Form(
    "targets",
    (
        Column("objid", "char", "Name of the target"),
        Column("ra", "double", "Right ascension", "deg"),
        Column("dec", "double", "Declination", "deg"),
        Column("stamps", "int", "Stamps of it in the stack"),
        Column("pixels", "int", "Pixels of these"),
        Column("mean_weight", "double", "Mean weight of these"),
    ),
    "",
    lambda row: (
        row.target.objid,
        row.target.ra,
        row.target.dec,
        row.stamps,
        row.pixels,
        row.mean_weight,
    ),
)


class StackCounts(NamedTuple):
    """What a stack was to be made of.

    Attributes
    ----------
    label
        The value of STACK that its targets have; None of those without.
    targets
        Targets of the job that have it.
    failed
        Stamps that could not be made.
    """

    label: str | None
    targets: int
    failed: int


def stack_file(stack: StackSum, style: Style, counts: StackCounts) -> bytes:
    """Write a stack."""
    record = stack.record
    units = (record.unit, record.weight_unit, record.unit, None)
    planes = (
        ("SCI", stack.mean.astype(np.float32)),
        ("WGT", stack.weight.astype(np.float32)),
        ("ERR", stack.error.astype(np.float32)),
        ("COUNT", stack.count),
    )
    shared = cards(_shared(stack, style, counts))
    remarks = "".join(commentary_cards("COMMENT", line) for line in _FORMULA)
    images = []
    for (name, pixels), unit in zip(planes, units, strict=True):
        about = cards([] if unit is None else [("BUNIT", unit, "")]) + shared
        if name == "SCI":
            about += cards([*resampling_cards(style, Plane.SCI), *made_by(style)]) + remarks
        if name == "WGT":
            about += cards(resampling_cards(style, Plane.WGT))
        images.append(image_hdu(name, pixels, about, is_primary=name == "SCI"))
    return b"".join(images) + _targets(list(stack.targets.values()))


def _shared(stack: StackSum, style: Style, counts: StackCounts) -> list[CardRow]:
    record, (x, y) = stack.record, stack.place
    label = [] if counts.label is None else [("STACK", counts.label, "value in the table")]
    tag = [] if record.tag is None else [("OBSID", record.tag, "tag of the maps")]
    wcs: list[CardRow] = [
        ("WCSAXES", 2, ""),
        ("CTYPE1", "EAST", "offset from the target"), ("CTYPE2", "NORTH", "offset from the target"),
        ("CRPIX1", x, ""), ("CRPIX2", y, ""), ("CRVAL1", 0.0, ""), ("CRVAL2", 0.0, ""),
        ("CDELT1", -stack.scale_arcmin, ""), ("CDELT2", stack.scale_arcmin, ""),
        ("CUNIT1", "arcmin", ""), ("CUNIT2", "arcmin", ""),
    ]  # fmt: skip
    beam = record.beam_arcmin
    return [
        *wcs,
        ("BAND", record.band, ""),
        ("FILETYPE", record.filetype, "kind of the maps"),
        *tag,
        *label,
        *([] if beam is None else [("BMAJ", beam / 60, "[deg] beam, FWHM")]),
        ("NTARGET", len(stack.targets), "targets in the stack"),
        ("NMISSED", counts.targets - len(stack.targets), "targets asked for that are not"),
        ("NSTAMP", stack.stamps, "stamps in the stack"),
        ("NFAILED", counts.failed, "stamps that could not be made"),
        ("REQ_SHA", style.request_sha256, ""),
    ]


def _targets(rows: Sequence[Stacked]) -> bytes:
    """The table of the targets, as an extension."""
    lengths = {"objid": max(len(row.target.objid) for row in rows)}
    head = table_cards(_TARGETS, [], lengths, len(rows))
    content = b"".join(table_rows(_TARGETS, lengths, rows))
    return hdu_bytes(cards((name, value, "") for name, value in head), content)
