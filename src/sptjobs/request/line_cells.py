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

    Raises
    ------
    ParameterError
        It is a direction, which may mean the sign of the position.
    """
    if name.strip(" .") in _COMPASS:
        refuse_line(
            f"ends with {name.strip()}: is that a direction? write a declination in the south "
            "with a minus, such as 20.0 -50.0, and a name before the position"
        )
    return _COMMENT.sub("", name, count=1) if _COMMENT.match(name) else name
