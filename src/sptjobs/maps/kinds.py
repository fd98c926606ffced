"""Bands and kinds of maps. Standard library only."""

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
