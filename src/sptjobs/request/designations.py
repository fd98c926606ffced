"""Positions in the names of objects: ``J000059.8-574823``, ``SPT-CL J0000-5748``.

References
----------
IAU Commission 5, "Specifications concerning designations for astronomical radiation
sources outside the solar system": digits are cut off, J is the equinox of 2000.
"""

import re
from dataclasses import dataclass

from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.notation import plain_dashes

OWN_PREFIX = "spt3gJ"
"""Begin of the names that the service itself gives to positions."""

_J_NAME = re.compile(
    r"J(?P<h>[01][0-9]|2[0-3])(?P<m>[0-5][0-9])(?P<s>[0-5][0-9])?(?P<f>\.[0-9]{1,4})?"
    r"(?P<d>[+-][0-8][0-9])(?P<am>[0-5][0-9])(?P<as>[0-5][0-9])?(?P<g>\.[0-9]{1,4})?"
    r"(?:[A-Za-z]{0,2}|_[0-9]{1,6})(?![0-9A-Za-z.+-])"
)
_WITHOUT_POINTS = re.compile(r"J([0-9]{6})([0-9]{2})([+-][0-9]{6})([0-9])(?![0-9A-Za-z.+-])")
"""Names of 2MASS, ``J00005998-5748238``: the only ones of so many digits."""

_FINER = ("1", "0.1", "0.01", "0.001", "0.0001")
_FIFTEEN = ("15", "1.5", "0.15", "0.015", "0.0015")


@dataclass(frozen=True, slots=True)
class Designation:
    """A position that a name tells.

    Attributes
    ----------
    ra, dec
        As texts that ``sptjobs.request.coordinates`` reads.
    precision
        What of it the name tells, for reading.
    """

    ra: str
    dec: str
    precision: str


def designation_in(name: str) -> Designation | None:
    """Find the one position that a name tells; None when it tells none, or several."""
    if "J" not in name:
        return None
    plain = _WITHOUT_POINTS.sub(r"J\1.\2\3.\4", plain_dashes(name))
    found = list(_J_NAME.finditer(plain))
    if len(found) != 1:
        return None
    part = {key: value or "" for key, value in found[0].groupdict().items()}
    return Designation(
        ra=_said(part["h"] + "h", part["m"], part["s"], part["f"]),
        dec=_said(part["d"] + "d", part["am"], part["as"], part["g"]),
        precision=_precision(part),
    )


def precision_of(name: str, ra: float, dec: float) -> str | None:
    """How well a position [deg] is known that is the one in a name; None for any other.

    The names that the service itself gives are finer than any pixel: nothing is said.
    """
    if name.startswith(OWN_PREFIX) or (said := designation_in(name)) is None:
        return None
    is_same = (parse_ra(said.ra), parse_dec(said.dec)) == (ra, dec)
    return said.precision if is_same else None


def _said(first: str, minutes: str, seconds: str, fraction: str) -> str:
    if seconds:
        return f"{first}{minutes}m{seconds}{fraction}s"
    return f"{first}{minutes}{fraction}m"


def _precision(part: dict[str, str]) -> str:
    ra, dec = max(len(part["f"]) - 1, 0), max(len(part["g"]) - 1, 0)
    unit, arc = ("s", "\u2033") if part["s"] else ("min", "\u2032")
    arc_dec = "\u2033" if part["as"] else "\u2032"
    return (
        f"the position is the one in the name, known to {_FINER[ra]} {unit} in RA "
        f"({_FIFTEEN[ra]}{arc} \u00d7 cos Dec) and {_FINER[dec]}{arc_dec} in Dec"
    )
