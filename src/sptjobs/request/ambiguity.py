"""Positions that can be read in more than one way: none is taken, all are shown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_POSITIONS = 100
"""Rows of an ambiguity whose positions are shown: enough to tell the readings apart."""

HOURS, DEGREES = "hours", "degrees"

_RA_MESSAGE = (
    "could be hours or degrees; write hh:mm:ss.s or 12h34m56.7s for hours, and decimal degrees "
    "or 123d45m06.7s for degrees"
)
_WRITE = {
    HOURS: "write all three of hours, minutes and seconds: 12h34m00s",
    DEGREES: "write decimal degrees: 12.5667",
}

_TWO = re.compile(r"([+-]?)([0-9]{1,3})[: ]([0-9]{1,2}(?:\.[0-9]{0,20})?)")
_COMPACT = re.compile(r"([+-]?)([0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]{0,20})?)")
_MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which positions can be read.

    Attributes
    ----------
    name
        ``hours`` or ``degrees``, of the right ascension.
    write
        What to write for it.
    positions
        Right ascension and declination [deg, ICRS] of the first rows, by row from 1.
    """

    name: str
    write: str
    positions: Mapping[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Rows that can be read in several ways.

    Attributes
    ----------
    field
        The column in question.
    message
        Why, and what to write.
    rows
        All rows concerned, from 1.
    """

    field: str
    message: str
    rows: tuple[int, ...]
    readings: tuple[Reading, ...]


def read_both_ways(ra: str, dec: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Read a position [deg] with its right ascension in hours and in degrees.

    Returns
    -------
    tuple, optional
        Both; None where the texts are not of a kind that can be read in these two ways.
    """
    angles = [_angle(text) for text in (ra, dec)]
    if angles[0] is None or angles[1] is None:
        return None
    in_degrees, declination = angles[0], angles[1]
    if not (0 <= in_degrees < 24 and -90 <= declination <= 90):
        return None
    return (in_degrees * 15, declination), (in_degrees, declination)


def ambiguity_of_rows(rows: Iterable[tuple[int, str, str]]) -> tuple[Ambiguity, ...]:
    """Group what can be read in two ways of some rows, given with their RA and DEC."""
    found = {row: both for row, ra, dec in rows if (both := read_both_ways(ra, dec)) is not None}
    if not found:
        return ()
    shown = list(found.items())[:MAX_POSITIONS]
    readings = tuple(
        Reading(name, _WRITE[name], {row: both[place] for row, both in shown})
        for place, name in enumerate((HOURS, DEGREES))
    )
    return (Ambiguity("RA", _RA_MESSAGE, tuple(found), readings),)


def _angle(text: str) -> float | None:
    """Read two numbers, or six digits in one, as whole units and sixtieths."""
    plain = " ".join(text[:_MAX_LENGTH].split()).replace("\N{MINUS SIGN}", "-")
    if (two := _TWO.fullmatch(plain)) is not None:
        sign, first, minutes, seconds = *two.groups(), "0"
    elif (compact := _COMPACT.fullmatch(plain)) is not None:
        sign, first, minutes, seconds = compact.groups()
    else:
        return None
    if float(minutes) >= 60 or float(seconds) >= 60:
        return None
    magnitude = int(first) + float(minutes) / 60 + float(seconds) / 3600
    return -magnitude if sign == "-" else magnitude
