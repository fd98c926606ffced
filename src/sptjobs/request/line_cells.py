"""What a line without a heading holds, or why that is not certain."""

import re
from dataclasses import dataclass
from typing import NoReturn

from sptjobs.uws.errors import ParameterError

THREE_NUMBERS = (
    "has three numbers; say what they are in a first line, such as OBJID,RA,DEC or RA,DEC,XSIZE"
)

SAY = "say what they are in a first line, such as OBJID,RA,DEC"
"""What to do about more values than a name and a position."""

_COMMENT = re.compile(r"(?:#|%|!|//|--)\s+")
_COMPASS = frozenset("NSEW")
_BETWEEN = re.compile(r"[\s,;/:=()\[\]{}]+")
_DEGREES = frozenset({"deg", "degs", "degree", "degrees", "\u00b0", "decimal"})
_UNITS = _DEGREES | frozenset(
    {
        "rad", "rads", "radian", "radians", "hr", "hrs", "hour", "hours", "hourangle", "ha",
        "arcmin", "arcmins", "arcsec", "arcsecs", "mas", "hms", "dms", "sexagesimal",
    }
)  # fmt: skip
_FRAMES = frozenset(
    {
        "l", "b", "lii", "bii", "gal", "galactic", "glon", "glat", "ecl", "ecliptic", "elon",
        "elat", "supergalactic", "sgl", "sgb", "fk4", "altaz", "apparent", "cirs", "itrs",
    }
)  # fmt: skip
_EQUINOX = re.compile(
    r"(?:(?:equinox|epoch|eq) ?)?[bj]?(?P<year>(?:18|19|20)[0-9]{2}(?:\.[0-9]+)?)"
)
_J2000 = 2000.0
_BEFORE_EQUINOX = (["equinox"], ["epoch"], ["frame"])
"""What is left where the frame behind it was read."""

_OTHER_FRAME = "is in another frame; positions are read as ICRS (FK5 at J2000), convert it first"


@dataclass(frozen=True, slots=True)
class LineCells:
    """Texts of a name, which may be missing, and of a position that is still to be read."""

    objid: str
    ra: str
    dec: str


def refuse_line(message: str) -> NoReturn:
    """Refuse a line; the row and the line itself are added where they are known."""
    raise ParameterError(message, field="POSITIONS")


def name_behind(name: str) -> str:
    """The name that stands behind a position, without the mark of a comment.

    What only says how the position is written is no name: nothing, where that is degrees
    at J2000.

    Raises
    ------
    ParameterError
        It is a direction, which may mean the sign of the position, another unit or another frame.
    """
    if name.strip(" .") in _COMPASS:
        refuse_line(
            f"ends with {name.strip()}: is that a direction? write a declination in the south "
            "with a minus, such as 20.0 -50.0, and a name before the position"
        )
    if _says_how_it_is_written(name):
        return ""
    return _COMMENT.sub("", name, count=1) if _COMMENT.match(name) else name


def _says_how_it_is_written(name: str) -> bool:
    """Whether a text is a unit or an equinox, and not a name; refuse those that are not read."""
    words = [word for word in _BETWEEN.split(name.lower()) if word]
    if words and _UNITS.issuperset(words):
        if not _DEGREES.issuperset(words):
            refuse_line(f"is in other units ({name.strip()}); write degrees, or 23h44m43.9s")
        return True
    equinox = _EQUINOX.fullmatch(" ".join(words))
    if words in _BEFORE_EQUINOX or (equinox is not None and float(equinox["year"]) == _J2000):
        return True
    # One letter alone may be a name.
    is_frame = len("".join(words)) > 1 and _FRAMES.issuperset(words)
    if equinox is not None or is_frame:
        refuse_frame(name.strip())
    return False


def refuse_frame(word: str) -> None:
    """Refuse a position in a frame that is not read."""
    refuse_line(f"{_OTHER_FRAME}: {word}" if word else _OTHER_FRAME)
