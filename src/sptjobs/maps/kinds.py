"""Bands and kinds of maps, and tags of coadds. Standard library only."""

import re

BANDS = ("90GHz", "150GHz", "220GHz")
"""Observing bands, spelt as the map files spell them."""

BAND_ALIASES = {"95GHz": "90GHz"}
"""Other spellings of bands."""

FILE_TYPES = ("passthrough", "filtered", "coadd-subtracted")
"""Kinds of maps."""

FILE_TYPE_SUMMARIES = {
    "passthrough": "as observed",
    "filtered": "filtered for transients",
    "coadd-subtracted": "filtered after the coadd was subtracted",
}
"""Each kind of maps in a few words."""

DEFAULT_FILE_TYPES = ("passthrough", "filtered")
"""Kinds that a request for coadds, dates or times selects when it names none."""

NEWEST_FILE_TYPES = ("filtered",)
"""Kinds that a request without coadds, dates and times selects when it names none."""


def place_of_kind(band: str, filetype: str) -> tuple[int, int]:
    """Where a kind of maps stands among those of a target; unknown ones come last."""
    return (
        BANDS.index(band) if band in BANDS else len(BANDS),
        FILE_TYPES.index(filetype) if filetype in FILE_TYPES else len(FILE_TYPES),
    )


FITS_SUFFIX = {"passthrough": "psth", "filtered": "fltd", "coadd-subtracted": "cfltd"}
"""Short name of each file type, as used in file names."""

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def is_tag(text: str) -> bool:
    """Whether a text can be the tag of a coadd: in a request, a file name and the catalogue."""
    return _TAG.fullmatch(text) is not None
