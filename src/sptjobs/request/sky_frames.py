"""Frames of the sky that tables declare, by the names that standards and catalogues give them.

References
----------
VOTable 1.4, section 4.6 "COOSYS Element"; IVOA vocabulary "refframe".
"""

import re
from dataclasses import dataclass

_NAMES = {
    "icrs": "icrs", "fk5": "fk5", "eqfk5": "fk5", "j2000": "fk5",
    "fk4": "fk4", "eqfk4": "fk4", "b1950": "fk4",
    "galactic": "galactic", "gal": "galactic",
    "supergalactic": "supergalactic", "sgal": "supergalactic",
    "ecliptic": "ecliptic", "eclfk5": "ecliptic",
}  # fmt: skip
_EQUINOXES = {"fk5": "J2000", "fk4": "B1950", "ecliptic": "J2000"}
_EPOCH = re.compile(r"([JB]?)([0-9]{4}(?:\.[0-9]{1,6})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeclaredFrame:
    """A frame with its equinox, such as ``J2000``; empty for a frame without one.

    ``name`` is that of the table where it is none of ours.
    """

    name: str
    equinox: str = ""
    epoch: str = ""

    @property
    def is_known(self) -> bool:
        """Whether positions in it can be transformed."""
        return self.name in _NAMES.values()

    @property
    def is_icrs(self) -> bool:
        """Whether its positions are ICRS.

        FK5 at J2000 agrees with it to 0.02 arcsec, a thousandth of a pixel.
        """
        return self.name == "icrs" or (self.name == "fk5" and self.equinox == "J2000")

    @property
    def is_equatorial(self) -> bool:
        """Whether its positions are right ascensions and declinations."""
        return self.name in {"icrs", "fk5", "fk4"}

    def __str__(self) -> str:
        shown = self.name.upper() if self.is_equatorial else self.name
        return f"{shown} ({self.equinox})" if self.equinox else shown


ICRS = DeclaredFrame("icrs")


def parse_frame(system: str, equinox: str = "", epoch: str = "") -> DeclaredFrame:
    """Read the name of a frame, with equinox and epoch where they are given."""
    name = _NAMES.get(re.sub(r"[^a-z0-9]", "", system.lower()))
    if name is None:
        return DeclaredFrame(system.strip())
    if name not in _EQUINOXES:
        return DeclaredFrame(name)
    at = _year(equinox, name) if equinox.strip() else _EQUINOXES[name]
    if not at:
        return DeclaredFrame(f"{system} {equinox}".strip())
    return DeclaredFrame(name, at, _year(epoch, name) if name == "fk4" else "")


def _year(text: str, name: str) -> str:
    """Write an epoch as ``J2000`` or ``B1950``; blank for what is none."""
    found = _EPOCH.fullmatch(text.strip())
    if found is None:
        return ""
    kind = found[1].upper() or ("B" if name == "fk4" else "J")
    return kind + found[2].removesuffix(".0")
