"""What the name of a map file says, and the one spelling of bands and file types."""

import re
from dataclasses import dataclass
from functools import lru_cache

from sptjobs.maps.kinds import MapKinds, is_tag
from sptjobs.maps.map_error import MapError
from sptjobs.maps.site import declared

_ENDING = re.compile(r"\.((fits|fit|fts)(\.fz)?|fz)(\.(gz|bz2))?\Z", re.IGNORECASE)
_POLARISATION = re.compile(r"(^|_)tonly$")
"""What ingest adds to names of maps of the temperature only."""
_OBSERVATION = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a file name says; empty or None where it says nothing.

    Attributes
    ----------
    obsids
        What may be the observation or the tag of a coadd, the likeliest first: a name
        alone does not tell a stamp of object 7 from a map of observation 7.
    """

    obsids: tuple[str, ...] = ()
    band: str | None = None
    filetype: str | None = None


def is_map_name(file_name: str) -> bool:
    """Whether a file is called as map files are."""
    return _ENDING.search(file_name) is not None


def stem_of(file_name: str, *, any_name: bool = False) -> str:
    """File name without the endings that say how it is stored.

    Parameters
    ----------
    any_name
        Whether a file that is not called as map files are keeps its whole name.

    Raises
    ------
    MapError
        It is not UTF-8, or without ``any_name`` it has no such ending.
    """
    try:
        file_name.encode()
    except UnicodeEncodeError:
        raise MapError("has a name that is not UTF-8; rename the file") from None
    ending = _ENDING.search(file_name)
    if ending is None and any_name:
        return file_name
    if ending is None:
        raise MapError(
            f"{file_name} does not end with .fits, .fit, .fts or .fz, and perhaps .gz after it"
        )
    return file_name[: ending.start()]


def parse_stem(stem: str) -> NameParts:
    """Read what the name of a map, of a coadd or of a stamp says; other names say nothing.

    Maps are ``<obsid>_<band>_<anything>_<short name of the kind>``, coadds have their tag there,
    or around the band (``yearly_150GHz_winter_2020_tonly_psth``), stamps the name of
    their target first and the observation behind the band.
    """
    match = _pattern(declared()).fullmatch(stem)
    if match is None:
        return NameParts()
    first, rest = match["first"], _POLARISATION.sub("", match["rest"] or "")
    obsids: tuple[str, ...]
    if is_observation(first):
        obsids = (first, rest)
    elif is_observation(rest):
        obsids = (rest,)
    else:
        obsids = (f"{first}_{rest}" if rest else first, first, rest)
    return NameParts(
        tuple(each for each in dict.fromkeys(obsids) if each),
        parse_band(match["band"]),
        parse_filetype(match["suffix"]),
    )


@lru_cache
def _pattern(kinds: MapKinds) -> re.Pattern[str]:
    """What the names of maps look like where bands and kinds are called so."""
    # A band in GHz that is not among them is named when it is refused.
    bands = "|".join([r"[0-9]+GHz", *map(re.escape, kinds.band_spellings)])
    short = "|".join(re.escape(each.short) for each in kinds.filetypes)
    return re.compile(rf"(?P<first>.+?)_(?P<band>{bands})(?:_(?P<rest>.+))?_(?P<suffix>{short})")


def parse_band(text: str, kinds: MapKinds | None = None) -> str:
    """Give a band its one spelling; 95GHz is the band that files call 90GHz."""
    known = (kinds or declared()).band_spellings
    try:
        return known[text.strip()]
    except KeyError:
        raise MapError(f"BAND {text!r} is none of {', '.join(known)}") from None


def parse_filetype(text: str, kinds: MapKinds | None = None) -> str:
    """Give a file type its one spelling, from either of those in use."""
    known = (kinds or declared()).filetype_spellings
    try:
        return known[text.strip().lower()]
    except KeyError:
        raise MapError(f"FILETYPE {text!r} is none of {', '.join(known)}") from None


def is_observation(obsid: str) -> bool:
    """Whether this is the number of an observation, not the tag of a coadd."""
    return _OBSERVATION.fullmatch(obsid) is not None


def check_tag(tag: str) -> None:
    """Refuse a tag that could not be part of a file name."""
    if not is_tag(tag):
        raise MapError(
            f"OBS-ID {tag!r} is neither a number nor a tag of up to 64 letters, digits and ._+-"
        )
