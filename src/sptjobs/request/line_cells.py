"""What a line without a heading holds, or why that is not certain."""

from dataclasses import dataclass
from typing import NoReturn

from sptjobs.uws.errors import ParameterError

THREE_NUMBERS = (
    "has three numbers; say what they are in a first line, such as OBJID,RA,DEC or RA,DEC,XSIZE"
)


@dataclass(frozen=True, slots=True)
class LineCells:
    """Texts of a name, which may be missing, and of a position that is still to be read."""

    objid: str
    ra: str
    dec: str


def refuse_line(message: str) -> NoReturn:
    """Refuse a line; the row and the line itself are added where they are known."""
    raise ParameterError(message, field="POSITIONS")
