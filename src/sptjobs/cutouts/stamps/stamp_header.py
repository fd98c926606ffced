"""Headers of stamps: what is carried over from the map, and what is said anew."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import sptjobs
from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.header_bytes import Value, card, carried_card
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.versions import VERSIONS
from sptjobs.formats.map_format import OpenMap, Plane
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.ascii_text import ascii_text
from sptjobs.uws.mjd import modified_julian_date

# The stamp's own unit, name and dates.
_REPLACED = re.compile(r"BUNIT|OBJECT|DATE|(DATE|MJD)-(BEG|END)|CREATOR")
_DATES = re.compile(r"(DATE|MJD)-(OBS|AVG)")


@dataclass(frozen=True, slots=True)
class HeaderTemplate:
    """What the headers of all stamps of one map and job share.

    Attributes
    ----------
    primary, sci, wgt
        Cards that do not depend on the stamp.
    opened
        The map; None where stamps have a grid of their own.
    """

    primary: str
    sci: str
    wgt: str
    opened: OpenMap | None
    _rendered: dict[str, tuple[Value, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, opened: OpenMap, style: Style) -> "HeaderTemplate":
        """Render the common cards of a map's stamps."""
        record = opened.record
        return cls(
            primary=_provenance(record, style),
            sci=_carried(opened, Plane.SCI, record.unit, style) + _resampling(style, ""),
            wgt=_carried(opened, Plane.WGT, record.weight_unit, style)
            + _resampling(style, "weights repeat those of the nearest map pixel"),
            opened=opened if style.projection is Projection.NATIVE else None,
        )

    def wcs_cards(self, stamp: Stamp) -> str:
        """The stamp's WCS; cards that many stamps have alike are rendered once."""
        return "".join(self._card(name, value) for name, value in stamp.wcs.items())

    def _card(self, name: str, value: Value) -> str:
        # The same object, not an equal one: 1 and 1.0 are written differently.
        if name not in self._rendered or self._rendered[name][0] is not value:
            self._rendered[name] = value, card(name, value)
        return self._rendered[name][1]

    def shifted_cards(self, plane: Plane, stamp: Stamp) -> str:
        """Cards of the map beside the WCS that say where the stamp lies on it."""
        if self.opened is None:
            return ""
        shifted = self.opened.shifted(plane, stamp.wcs)
        return "".join(card(name, value) for name, value in shifted.items())


def stamp_cards(stamp: Stamp, target: PartTarget) -> str:
    """Cards that tell of the target and of what the stamp holds of it."""
    return _cards(
        [
            ("OBJECT", ascii_text(target.objid), "name of the target"),
            ("TARG_RA", target.ra, "[deg] target, ICRS"),
            ("TARG_DEC", target.dec, "[deg] target, ICRS"),
            ("TARG_X", stamp.targ_x, "target's pixel, the first one is 1"),
            ("TARG_Y", stamp.targ_y, "target's pixel, the first one is 1"),
            ("NORTH_PA", stamp.north, "[deg] north at target, from +y towards -x"),
            ("COVERED", stamp.covered, "observed fraction of the pixels"),
            ("CENTCOV", stamp.centre_covered, "the target's pixel is observed"),
        ]
    )


def _carried(opened: OpenMap, plane: Plane, unit: str | None, style: Style) -> str:
    """The source's cards that hold for the stamp, then those of the record it lacks."""
    record, present = opened.record, opened.card_names(plane)
    kept = "".join(_carried_cards(opened, plane, style))
    ours: list[tuple[str, Value, str]] = [] if unit is None else [("BUNIT", unit, "")]
    for name, date in (("BEG", record.date_beg), ("END", record.date_end)):
        if date is not None:
            ours.append((f"DATE-{name}", date, "UTC"))
            ours.append((f"MJD-{name}", modified_julian_date(date), "UTC"))
    said = {
        "BAND": record.band,
        "OBSID": record.obsid,
        "FIELD": record.field,
        "FILETYPE": record.filetype,
        "SEASON": record.season,
    }
    ours.extend((name, value, "") for name, value in said.items() if value and name not in present)
    return _cards(ours) + kept


def _carried_cards(opened: OpenMap, plane: Plane, style: Style) -> Iterable[str]:
    undated = opened.record.date_beg is None
    for source in opened.carried(plane, resampled=style.projection is Projection.TAN):
        name, value = source.name, source.value
        if _REPLACED.fullmatch(name) or (undated and _DATES.fullmatch(name)):
            continue
        if isinstance(value, str) and value.startswith("/"):
            # The path of a file on the machine that made the map.
            yield card(name, PurePosixPath(value).name, source.comment)
        else:
            yield carried_card(source.image)


def _provenance(record: MapRecord, style: Style) -> str:
    versions = dict(VERSIONS)
    if style.projection is Projection.NATIVE:
        del versions["reproject"]
    return _cards(
        [
            ("CREATOR", f"spt3g-data-service {sptjobs.__version__}", ""),
            *((f"V_{name[:6].upper()}", text, name) for name, text in versions.items()),
            ("SRC_MAP", ascii_text(record.map_id), "map that this was cut from"),
            ("SRC_FILE", ascii_text(PurePosixPath(record.path).name), "its file"),
            ("SRC_SHA", record.sha256, ""),
            ("SRC_CHK", record.block_sums is not None, "its bytes were found unchanged"),
            ("REQ_SHA", style.request_sha256, ""),
        ]
    )


def _resampling(style: Style, weights: str) -> str:
    if style.projection is Projection.NATIVE:
        return card("RESAMPLE", "none", "the map's own pixels")
    if weights:
        return card("RESAMPLE", "nearest", weights) + card(
            "WGTCORR", True, "weights of pixels are correlated"
        )
    return card("RESAMPLE", style.order.value, "pixels are correlated")


def _cards(rows: Iterable[tuple[str, Value, str]]) -> str:
    return "".join(card(*row) for row in rows)
