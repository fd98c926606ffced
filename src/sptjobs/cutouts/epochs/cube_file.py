"""The FITS file of a cube: SCI and WGT with an axis of epochs, and the table EPOCHS of these."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.coadds.gathered_cards import MEMBERS, gathered_cards, table_of_members
from sptjobs.cutouts.coadds.one_grid import Member
from sptjobs.cutouts.epochs.epochs import Epochs
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.cutouts.stamps.header_bytes import CardRow, cards
from sptjobs.cutouts.stamps.image_hdu import image_hdu
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_header import about_cards
from sptjobs.formats.map_content import Plane
from sptjobs.packs.forms import Column
from sptjobs.uws.mjd import modified_julian_date

_REMARKS = (
    "Each plane of the third axis is the stamp of an observation, in order of",
    "time; row n of the table EPOCHS tells of plane n. COVERED is of all planes,",
    "CENTCOV says whether the target's pixel is observed in any.",
)

_EPOCHS = replace(
    MEMBERS,
    name="epochs",
    columns=(
        *MEMBERS.columns,
        Column("mjd_beg", "double", "Begin (MJD, UTC)", "d"),
        Column("mjd_end", "double", "End (MJD, UTC)", "d"),
    ),
    cells=lambda member: (*MEMBERS.cells(member), *_times(member)),
)


def cube_file(epochs: Epochs, style: Style) -> bytes:
    """Write a cube; its third axis counts the epochs from 1."""
    shared = cards(_wcs(epochs)) + _of_target(epochs, epochs.wgt)
    own: list[CardRow] = [("NEPOCH", len(epochs.in_time), "observations")]

    def image(plane: Plane) -> bytes:
        # One plane after the other: each is as much memory as all stamps of a file.
        about = shared + gathered_cards(epochs, plane, style, own, _REMARKS)
        pixels = epochs.sci if plane is Plane.SCI else epochs.wgt
        return image_hdu(plane.value, pixels, about, is_primary=plane is Plane.SCI)

    table = table_of_members(_EPOCHS, epochs.in_time)
    return b"".join([image(Plane.SCI), image(Plane.WGT), table])


def _wcs(epochs: Epochs) -> Iterator[CardRow]:
    """The stamps' WCS with an axis more."""
    yield "WCSAXES", 3, ""
    yield from ((name, value, "") for name, value in epochs.wcs.items() if name != "WCSAXES")
    yield "CTYPE3", "EPOCH", "row of the table EPOCHS"
    yield from ((f"{name}3", 1.0, "") for name in ("CRPIX", "CRVAL", "CDELT"))


def _of_target(epochs: Epochs, wgt: NDArray[Any]) -> str:
    """Cards on the target, by the weights of all epochs."""
    x, y, north = epochs.place
    covered = float(np.count_nonzero(wgt) / wgt.size)
    ever = Stamp(np.zeros_like(wgt[0]), wgt.max(axis=0), {}, *epochs.place)
    return about_cards(epochs.target, (x, y), north, covered, None, centre=ever.centre_covered)


def _times(member: Member) -> Iterator[float | None]:
    for date in (member.record.date_beg, member.record.date_end):
        yield None if date is None else modified_julian_date(date)
