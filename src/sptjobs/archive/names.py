"""What the name of a map file says, and the one spelling of bands and file types."""

import re
from dataclasses import dataclass

from sptjobs.maps.kinds import BAND_ALIASES, BANDS, FITS_SUFFIX, is_tag
from sptjobs.maps.map_error import MapError

MAP_ENDINGS = (".fits", ".fits.gz", ".fits.fz")
"""Endings of the files that a scan reads."""

_NAME = re.compile(
    r"(?P<obsid>.+?)_(?P<band>[0-9]+GHz)(?:_.+)?_(?P<suffix>" + "|".join(FITS_SUFFIX.values()) + ")"
)
_BANDS = {band: band for band in BANDS} | BAND_ALIASES
# Ingest writes the short names, the cutter expects the long ones.
_FILE_TYPES = {
    spelling: filetype
    for filetype, suffix in FITS_SUFFIX.items()
    for spelling in (filetype, suffix)
}
_OBSERVATION = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a file name says; None where it says nothing."""

    obsid: str | None
    band: str | None
    filetype: str | None


def stem_of(file_name: str) -> str:
    """File name without the endings that say how it is stored."""
    for ending in sorted(MAP_ENDINGS, key=len, reverse=True):
        if file_name.endswith(ending):
            return file_name[: -len(ending)]
    raise MapError(f"{file_name} does not end with .fits, .fits.gz or .fits.fz")


def parse_stem(stem: str) -> NameParts:
    """Read ``<obsid>_<band>_<anything>_<psth|fltd|cfltd>``; other names say nothing."""
    match = _NAME.fullmatch(stem)
    if match is None:
        return NameParts(None, None, None)
    return NameParts(match["obsid"], parse_band(match["band"]), _FILE_TYPES[match["suffix"]])


def parse_band(text: str) -> str:
    """Give a band its one spelling; 95GHz is the band that files call 90GHz."""
    try:
        return _BANDS[text.strip()]
    except KeyError:
        raise MapError(f"BAND {text!r} is none of {', '.join(_BANDS)}") from None


def parse_filetype(text: str) -> str:
    """Give a file type its one spelling, from either of those in use."""
    try:
        return _FILE_TYPES[text.strip().lower()]
    except KeyError:
        raise MapError(f"FILETYPE {text!r} is none of {', '.join(_FILE_TYPES)}") from None


def is_observation(obsid: str) -> bool:
    """Whether this is the number of an observation, not the tag of a coadd."""
    return _OBSERVATION.fullmatch(obsid) is not None


def check_tag(tag: str) -> None:
    """Refuse a tag that could not be part of a file name."""
    if not is_tag(tag):
        raise MapError(
            f"OBS-ID {tag!r} is neither a number nor a tag of up to 64 letters, digits and ._+-"
        )
