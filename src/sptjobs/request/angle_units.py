"""Units of angles, by the names that tables give them."""

import math

DEGREE, HOUR, SEXAGESIMAL_HOURS, SEXAGESIMAL_DEGREES = "deg", "h", "h:m:s", "d:m:s"

DEGREES_PER = {
    DEGREE: 1.0, HOUR: 15.0, "arcmin": 1 / 60, "arcsec": 1 / 3600, "mas": 1 / 3.6e6,
    "rad": 180 / math.pi,
}  # fmt: skip
"""How many degrees one of each unit is."""

_NAMES = {
    DEGREE: ("deg", "degree", "degrees", "degs", "decimal degrees", "decimal deg", "°", "º"),
    HOUR: ("h", "hr", "hrs", "hour", "hours", "hourangle", "hour angle", "decimal hours",
           "15deg", "15 deg", "15.deg"),
    "arcmin": ("arcmin", "arcminute", "arcminutes", "'", "\N{PRIME}"),
    "arcsec": ("arcsec", "arcsecs", "arcsecond", "arcseconds", '"', "\N{DOUBLE PRIME}"),
    "mas": ("mas", "milliarcsec", "milliarcsecond", "milliarcseconds"),
    "rad": ("rad", "radian", "radians"),
    SEXAGESIMAL_HOURS: ("h:m:s", "hms", "hh:mm:ss", "hh:mm:ss.s", "hh:mm:ss.ss", "h m s"),
    SEXAGESIMAL_DEGREES: ("d:m:s", "dms", "dd:mm:ss", "dd:mm:ss.s", "dd:mm:ss.ss", "d m s"),
}  # fmt: skip
_KNOWN = {name: unit for unit, names in _NAMES.items() for name in names}


def parse_angle_unit(text: str) -> str | None:
    """Read the name of a unit of angles; None for any other."""
    plain = text.strip().strip('"()[]').strip().lower()
    if "\\circ" in plain:
        return DEGREE
    if plain.replace(" ", "") in {"$\\mathrm{{}^{h}}$", "$^{h}$", "$^{\\rmh}$"}:
        return HOUR
    return _KNOWN.get(plain) or _KNOWN.get(text.strip())
