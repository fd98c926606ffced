"""Which cards of a map's header hold for its stamps too."""

import re
from collections.abc import Iterator

from astropy.io import fits

from sptjobs.formats.map_content import SourceCard

# The images' own structure and names.
_STRUCTURE = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|EXT(NAME|VER|LEVEL)|INHERIT"
    r"|BSCALE|BZERO|BLANK|DATA(MIN|MAX)|END|CONTINUE|LONGSTRN|"
)
# Sizes and checksums of the source file, and how it was compressed.
_OF_THE_FILE = re.compile(
    r"CHECKSUM|DATASUM|SIZEINBYTES|MD5SUM|FITSNAME|FILENAME|FZ.*"
    r"|Z(IMAGE|TABLE|SIMPLE|TENSION|EXTEND|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TILE\d+|CMPTYPE|NAME\d+"
    r"|VAL\d+|MASKCMP|QUANTIZ|DITHER0|BLANK|SCALE|ZERO|HECKSUM|DATASUM|BLOCKED)"
)
# FITS Standard 4.0, table 22, with the letter of an alternative, and spellings of old; SIP; the
# pixels of a parent image, by IRAF.
_WCS = re.compile(
    r"(WCSAXES|WCSNAME|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA|RDER|SYER|NAME)\d+|(PC|CD|PV|PS)\d+_\d+"
    r"|(PC|CD)\d{6}|LONPOLE|LATPOLE|RADESYS|EQUINOX)[A-Z]?|RADECSYS|EPOCH|PROJP\d+"
    r"|[AB]P?_(ORDER|DMAX|\d+_\d+)|WAT\d_\d{3}|LT(V\d+|M\d+_\d+)|(DATA|DET|CCD|TRIM|BIAS|AMP)SEC"
)
ORIGIN = ("X0", "Y0")
"""Where spt3g says by name what the WCS says by CRPIX."""
_GRID = ("PROJ", "ALPHA0", "DELTA0", "COORDREF")
"""Where spt3g says by name what the WCS says by CTYPE, CRVAL and RADESYS."""


def carried_cards(header: fits.Header) -> Iterator[SourceCard]:
    """Cards that hold for stamps of the map's own pixels."""
    for source in header.cards:
        name = source.keyword
        dropped = any(rule.fullmatch(name) for rule in (_STRUCTURE, _OF_THE_FILE, _WCS))
        if dropped or name in ORIGIN:
            continue
        try:
            value, image = source.value, str(source.image)
        except (fits.VerifyError, ValueError):
            continue
        if not isinstance(value, fits.card.Undefined):
            yield SourceCard(name, value, source.comment, image)


def is_of_the_grid(card: SourceCard) -> bool:
    """Whether a card holds for the map's own pixels only."""
    return card.name in _GRID
