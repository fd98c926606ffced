"""Which cards of another file a header may hold.

References
----------
FITS Standard 4.0, sections 4.1 (keyword records), 4.2 (values), 4.4.2 (reserved
keywords), and the HIERARCH convention.
"""

import re
from datetime import datetime
from functools import lru_cache

from sptjobs.cutouts.stamps.header_bytes import CARD
from sptjobs.formats.map_content import SourceCard

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[ED][+-]?\d+)?"
_VALUE = rf"(?:'(?:[^']|'')*'|[TF]|{_NUMBER}|\( *{_NUMBER} *, *{_NUMBER} *\))"
_CARD = re.compile(
    rf"(?:[A-Z0-9_-]{{1,8}} *(?<=^.{{8}})= |HIERARCH [!-<>-~][ -<>-~]*= ) *{_VALUE} *(?:/[ -~]*)?"
)
_LONG = re.compile(r"[A-Z0-9_-]{1,8} *(?<=^.{8})= *'[ -~]*")
_PRINTABLE = re.compile(r"[ -~]*")

COMMENTARY = frozenset({"HISTORY", "COMMENT"})
"""Keywords of remarks: without a value, and on any number of cards."""

# Of tables, of random groups, and no longer in use: no image has them.
_ELSEWHERE = re.compile(
    r"TFIELDS|THEAP|T(TYPE|FORM|BCOL|SCAL|ZERO|UNIT|NULL|DIM|DISP|D?MIN|D?MAX|LMIN|LMAX)\d+"
    r"|T(CTYP|CRVL|CRPX|CDLT|CUNI|CROT|CNAM|CRDE|CSYE)\d+[A-Z]?"
    r"|P(TYPE|SCAL|ZERO)\d+|BLOCKED|EPOCH"
)
_TEXTS = re.compile(
    r"AUTHOR|REFERENC|ORIGIN|TELESCOP|INSTRUME|OBSERVER|CREATOR|TIMESYS|TIMEUNIT|TREFPOS|PLEPHEM"
)
_NUMBERS = re.compile(
    r"(MJD|JD)-?(OBS|AVG|REF[IF]?)|RESTFRE?Q|RESTWAV|OBSGEO-[XYZBLH]|VEL(OSYS|ANGL|REF)|ZSOURCE"
)
_DATES = re.compile(r"DATE|DATE-.*|DATEREF")
_DAYS_OF_OLD = re.compile(r"\d\d/\d\d/\d\d")
_SPECTRAL_FRAMES = re.compile(r"(SPECSYS|SSYSOBS|SSYSSRC)[A-Z]?")
_FRAMES = frozenset(
    {"TOPOCENT", "GEOCENTR", "BARYCENT", "HELIOCEN", "LSRK", "LSRD", "GALACTOC", "SOURCE"}
)


@lru_cache(maxsize=4096)
def is_standard(card: SourceCard) -> bool:
    """Whether the standard allows a card, as it stands in its file, in an image's header."""
    if card.name in COMMENTARY:
        return isinstance(card.value, str) and bool(_PRINTABLE.fullmatch(card.value))
    return _is_spelt(card) and not _ELSEWHERE.fullmatch(card.name) and _has_its_type(card)


def _is_spelt(card: SourceCard) -> bool:
    image = card.image.rstrip()
    if len(image) > CARD:
        # A long text on several cards; it is written anew from its value.
        return isinstance(card.value, str) and bool(_LONG.fullmatch(image))
    return bool(_CARD.fullmatch(image))


def _has_its_type(card: SourceCard) -> bool:
    """Whether a reserved keyword has a value of the kind that it is reserved for."""
    name, value = card.name, card.value
    if _TEXTS.fullmatch(name):
        return isinstance(value, str)
    if _NUMBERS.fullmatch(name):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if _DATES.fullmatch(name):
        return isinstance(value, str) and _is_date(value)
    if _SPECTRAL_FRAMES.fullmatch(name):
        return value in _FRAMES
    return True


def _is_date(text: str) -> bool:
    form = "%d/%m/%y" if _DAYS_OF_OLD.fullmatch(text) else "%Y-%m-%d"
    day, separator, clock = text.partition("T")
    try:
        datetime.strptime(day, form)  # noqa: DTZ007 - a form is checked, no time is made of it
        if separator:
            datetime.strptime(clock.partition(".")[0], "%H:%M:%S")  # noqa: DTZ007 - likewise
    except ValueError:
        return False
    return True
