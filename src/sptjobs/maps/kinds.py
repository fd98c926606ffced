"""Bands and kinds of maps, and tags of coadds. Standard library only."""

import re

BANDS = ("90GHz", "150GHz", "220GHz")
"""Observing bands, spelt as the map files spell them."""

FILE_TYPES = ("passthrough", "filtered", "coadd-subtracted")
"""Kinds of maps: as observed; transient-filtered; filtered after the coadd was subtracted."""


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
