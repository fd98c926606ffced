"""Headers of stamps: what is carried over from the map, and what is said anew."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from astropy.io import fits

import sptjobs
from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.header_bytes import Value, card, carried_card
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.versions import VERSIONS
from sptjobs.formats.flat_sky.open_map import OpenMap
from sptjobs.formats.flat_sky.wcs import full_cards
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.mjd import modified_julian_date

# The stamp's own structure, unit, name and dates; and the source file's history.
_REPLACED = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|EXT(NAME|VER|LEVEL)|INHERIT"
    r"|BSCALE|BZERO|BLANK|DATA(MIN|MAX)|END|HISTORY|COMMENT|CONTINUE|"
    r"|BUNIT|OBJECT|DATE|(DATE|MJD)-(BEG|END)|CREATOR"
)
# Sizes and checksums of the source file, and how it was compressed.
_OF_THE_FILE = re.compile(
    r"CHECKSUM|DATASUM|SIZEINBYTES|MD5SUM|FITSNAME|FILENAME|FZ.*"
    r"|Z(IMAGE|TABLE|SIMPLE|TENSION|EXTEND|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TILE\d+|CMPTYPE|NAME\d+"
    r"|VAL\d+|MASKCMP|QUANTIZ|DITHER0|BLANK|SCALE|ZERO|HECKSUM|DATASUM|BLOCKED)"
)
# FITS Standard 4.0, table 22, with the letter of an alternative; and SIP.
_WCS = re.compile(
    r"(WCSAXES|WCSNAME|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA|RDER|SYER|NAME)\d+|(PC|CD|PV|PS)\d+_\d+"
    r"|LONPOLE|LATPOLE|RADESYS|EQUINOX)[A-Z]?|RADECSYS|EPOCH|[AB]P?_(ORDER|DMAX|\d+_\d+)"
)
# Where spt3g says by name what the WCS says by CTYPE, CRVAL and CRPIX.
_SPT3G_ORIGIN = ("X0", "Y0")
_SPT3G_GRID = ("PROJ", "ALPHA0", "DELTA0", *_SPT3G_ORIGIN)
_DATES = re.compile(r"(DATE|MJD)-(OBS|AVG)")


@dataclass(frozen=True, slots=True)
class HeaderTemplate:
    """What the headers of all stamps of one map and job share.

    Attributes
    ----------
    primary, sci, wgt
        Cards that do not depend on the stamp.
    wcs
        WCS cards that do not, by name.
    sci_origin, wgt_origin
        The source's X0 and Y0 where it has them.
    """

    primary: str
    sci: str
    wgt: str
    wcs: dict[str, str]
    sci_origin: dict[str, float]
    wgt_origin: dict[str, float]

    @classmethod
    def of(cls, opened: OpenMap, style: Style) -> "HeaderTemplate":
        """Render the common cards of a map's stamps."""
        record, provenance = opened.record, _provenance(opened.record, style)
        return cls(
            primary=provenance,
            sci=_carried(opened.sci_header, record, record.unit, style) + _resampling(style, ""),
            wgt=_carried(opened.wgt_header, record, record.weight_unit, style)
            + _resampling(style, "weights repeat those of the nearest map pixel"),
            wcs=_fixed_wcs(record, style),
            sci_origin=_origin(opened.sci_header, style),
            wgt_origin=_origin(opened.wgt_header, style),
        )


def stamp_cards(stamp: Stamp, target: PartTarget) -> str:
    """Cards that tell of the target and of what the stamp holds of it."""
    return _cards(
        [
            ("OBJECT", target.objid, "name of the target"),
            ("TARG_RA", target.ra, "[deg] target, ICRS"),
            ("TARG_DEC", target.dec, "[deg] target, ICRS"),
            ("TARG_X", stamp.targ_x, "target's pixel, the first one is 1"),
            ("TARG_Y", stamp.targ_y, "target's pixel, the first one is 1"),
            ("NORTH_PA", stamp.north, "[deg] north at target, from +y towards -x"),
            ("COVERED", stamp.covered, "observed fraction of the pixels"),
            ("CENTCOV", stamp.centre_covered, "the target's pixel is observed"),
        ]
    )


def wcs_cards(stamp: Stamp, fixed: dict[str, str]) -> str:
    """The stamp's WCS; ``fixed`` holds the cards that were rendered once for all."""
    return "".join(fixed.get(name) or card(name, value) for name, value in stamp.wcs.items())


def origin_cards(origin: dict[str, float], stamp: Stamp, record: MapRecord) -> str:
    """The centre of the projection in the stamp's pixels, as spt3g spells it."""
    shift = {
        "X0": float(stamp.wcs["CRPIX1"]) - float(record.wcs["CRPIX1"]),
        "Y0": float(stamp.wcs["CRPIX2"]) - float(record.wcs["CRPIX2"]),
    }
    return "".join(card(name, value + shift[name]) for name, value in origin.items())


def _fixed_wcs(record: MapRecord, style: Style) -> dict[str, str]:
    if style.projection is Projection.TAN:
        return {}
    return {
        name: card(name, value)
        for name, value in full_cards(record).items()
        if name not in {"CRPIX1", "CRPIX2"}
    }


def _origin(header: fits.Header, style: Style) -> dict[str, float]:
    if style.projection is Projection.TAN:
        return {}
    return {name: float(header[name]) for name in _SPT3G_ORIGIN if name in header}


def _carried(header: fits.Header, record: MapRecord, unit: str | None, style: Style) -> str:
    """The source's cards that hold for the stamp, then those of the record it lacks."""
    kept = "".join(_carried_cards(header, record, style))
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
    ours.extend((name, value, "") for name, value in said.items() if value and name not in header)
    return _cards(ours) + kept


def _carried_cards(header: fits.Header, record: MapRecord, style: Style) -> Iterable[str]:
    dropped = _SPT3G_GRID if style.projection is Projection.TAN else _SPT3G_ORIGIN
    for source in header.cards:
        name = source.keyword
        if (
            any(rule.fullmatch(name) for rule in (_REPLACED, _OF_THE_FILE, _WCS))
            or name in dropped
            or (record.date_beg is None and _DATES.fullmatch(name))
        ):
            continue
        try:
            value = source.value
        except (fits.VerifyError, ValueError):
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
            ("SRC_MAP", record.map_id, "map that this was cut from"),
            ("SRC_FILE", PurePosixPath(record.path).name, "its file"),
            ("SRC_SHA", record.sha256, ""),
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
