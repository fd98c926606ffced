"""What the manifest says of stamps: what of them is observed, and where the target is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sptjobs.cutouts.stamps.local_noise import LocalNoise
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.uws.pair_status import Status


def stamp_facts(stamp: Stamp) -> Mapping[str, Any]:
    """Attributes of the outcome of a stamp."""
    observed, pixels = int(stamp.observed.sum()), stamp.observed.size
    status, reason = _judged(observed, pixels)
    facts = {
        "status": status,
        "reason": reason,
        "covered": observed / pixels,
        "centre_covered": stamp.centre_covered,
        "targ_x": stamp.targ_x,
        "targ_y": stamp.targ_y,
        "north": stamp.north,
    }
    return facts if stamp.noise is None else facts | stamp.noise._asdict()


def sheet_facts(sheet: StampSheet) -> dict[str, Sequence[Any]]:
    """The same attributes of each stamp of a sheet."""
    pixels = sheet.pixels
    judged = [_judged(observed, pixels) for observed in sheet.observed]
    facts: dict[str, Sequence[Any]] = {
        "status": [status for status, _ in judged],
        "reason": [reason for _, reason in judged],
        "covered": sheet.covered,
        "centre_covered": sheet.centre_covered,
        "targ_x": sheet.windows.x,
        "targ_y": sheet.windows.y,
        "north": sheet.north,
    }
    noise = [each for each in sheet.noise if each is not None]
    if len(noise) < len(sheet):
        return facts
    return facts | dict(zip(LocalNoise._fields, zip(*noise, strict=True), strict=True))


def _judged(observed: int, pixels: int) -> tuple[Status, str | None]:
    if observed == pixels:
        return Status.OK, None
    if observed == 0:
        return Status.NO_DATA, "no pixel of the stamp is observed"
    return Status.PARTIAL, f"{observed} of the stamp's {pixels} pixels are observed"
