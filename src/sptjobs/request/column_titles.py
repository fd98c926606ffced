"""What the title of a column says: which coordinate it holds, in which unit and frame.

Titles are those of catalogues, archives and papers: ``RAJ2000``, ``_DEJ2000``,
``RA (deg)``, ``ra_hours``, ``ALPHA_J2000``, ``RAB1950``, ``GLON``, ``RAh`` ``RAm``
``RAs`` of the CDS, ``coord1 (ICRS,J2000/2000)`` of SIMBAD.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from sptjobs.request.angle_units import (
    DEGREE,
    HOUR,
    SEXAGESIMAL_DEGREES,
    SEXAGESIMAL_HOURS,
    parse_angle_unit,
)
from sptjobs.request.sky_frames import ICRS, DeclaredFrame, parse_frame

LONGITUDE, LATITUDE, BOTH = "RA", "DEC", "RA and DEC"
RA_PARTS = ("RA h", "RA m", "RA s")
DEC_PARTS = ("DE-", "DE d", "DE m", "DE s")

COMPUTED, USUAL, WINDOWED = 0, 1, 2
"""How sure a title is of being the position: that which VizieR computed, the
catalogue's own, and that of one of several measurements."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says.

    Attributes
    ----------
    role
        ``LONGITUDE``, ``LATITUDE``, ``BOTH``, or one of the parts.
    frame, unit
        Where the title names them.
    is_sexagesimal
        Whether it says that the coordinate stands in hours or degrees, minutes and seconds.
    """

    role: str
    frame: DeclaredFrame | None = None
    unit: str | None = None
    rank: int = USUAL
    is_sexagesimal: bool = False


_FK4, _FK5, _GALACTIC = parse_frame("fk4"), parse_frame("fk5"), parse_frame("galactic")
_SUPERGALACTIC, _ECLIPTIC = parse_frame("supergalactic"), parse_frame("ecliptic")

_FRAMES = {
    "j2000": _FK5, "2000": _FK5, "fk5": _FK5, "j2000.0": _FK5, "icrs": ICRS, "epoch2000": _FK5,
    "b1950": _FK4, "1950": _FK4, "fk4": _FK4, "b1950.0": _FK4,
}  # fmt: skip
_UNITS = {
    "deg": DEGREE, "degs": DEGREE, "degree": DEGREE, "degrees": DEGREE, "decimal": DEGREE,
    "hours": HOUR, "hour": HOUR, "hrs": HOUR, "hr": HOUR, "h": HOUR,
    "rad": "rad", "radians": "rad", "arcsec": "arcsec",
}  # fmt: skip
_SEXAGESIMAL = frozenset({"hms", "dms", "sexagesimal", "str"})

_EQUATORIAL = re.compile(
    r"(?:pos|skycoord|coord|coords|s|src|source|obj|object|target|cat|cluster)?"
    r"(?:(?P<ra>ra|rightascension|alpha|\u03b1)|(?P<dec>dec|decl|de|declination|delta|\u03b4))"
    r"(?P<kind>j|mean|win|windowed|peak)?"
    r"(?P<rest>(?:j2000|2000|icrs|fk5|epoch2000|b1950|1950|fk4|degrees|degree|degs|deg|decimal|"
    r"hours|hour|hrs|hr|h|d|hms|dms|sexagesimal|str|radians|rad|arcsec){0,3})"
)
_WORD = re.compile(
    r"j2000|2000|icrs|fk5|epoch2000|b1950|1950|fk4|degrees|degree|degs|deg|decimal|"
    r"hours|hour|hrs|hr|hms|h|dms|d|sexagesimal|str|radians|rad|arcsec"
)
_OTHER_FRAMES = {
    "glon": (LONGITUDE, _GALACTIC), "glat": (LATITUDE, _GALACTIC),
    "l": (LONGITUDE, _GALACTIC), "b": (LATITUDE, _GALACTIC),
    "ldeg": (LONGITUDE, _GALACTIC), "bdeg": (LATITUDE, _GALACTIC),
    "lii": (LONGITUDE, _GALACTIC), "bii": (LATITUDE, _GALACTIC),
    "gallon": (LONGITUDE, _GALACTIC), "gallat": (LATITUDE, _GALACTIC),
    "gall": (LONGITUDE, _GALACTIC), "galb": (LATITUDE, _GALACTIC),
    "glondeg": (LONGITUDE, _GALACTIC), "glatdeg": (LATITUDE, _GALACTIC),
    "galacticlongitude": (LONGITUDE, _GALACTIC), "galacticlatitude": (LATITUDE, _GALACTIC),
    "galacticl": (LONGITUDE, _GALACTIC), "galacticb": (LATITUDE, _GALACTIC),
    "sgl": (LONGITUDE, _SUPERGALACTIC), "sgb": (LATITUDE, _SUPERGALACTIC),
    "sglon": (LONGITUDE, _SUPERGALACTIC), "sglat": (LATITUDE, _SUPERGALACTIC),
    "elon": (LONGITUDE, _ECLIPTIC), "elat": (LATITUDE, _ECLIPTIC),
    "ecllon": (LONGITUDE, _ECLIPTIC), "ecllat": (LATITUDE, _ECLIPTIC),
    "eclipticlongitude": (LONGITUDE, _ECLIPTIC), "eclipticlatitude": (LATITUDE, _ECLIPTIC),
}  # fmt: skip
_PARTS = {
    "rah": 0, "rahour": 0, "rahours": 0, "rahr": 0, "rahrs": 0,
    "ram": 1, "ramin": 1, "raminutes": 1, "ras": 2, "rasec": 2, "raseconds": 2,
}  # fmt: skip
_DEC_PART = re.compile(
    r"(?:de|dec)(?:(sign|sgn)|(d|deg|degrees)|(m|min|arcmin|minutes)|(s|sec|arcsec|seconds))"
)
_WHOLE = ("coord", "coords", "coordinate", "coordinates", "coord1", "position", "positions", "pos",
          "radec", "raanddec", "skycoord", "equatorialcoordinates")  # fmt: skip
_BRACKET = re.compile(r"[(\[{]([^)\]}]{0,60})[)\]}]")
_YEAR = re.compile(r"[jb]?(?:18|19|20)[0-9]{2}(?:\.[0-9]+)?")
_LONGEST = 100


@lru_cache(maxsize=4096)
def parse_title(name: str) -> Title | None:
    """Read a title; None where it names no coordinate."""
    if len(name) > _LONGEST:
        return None
    lower = name.strip().strip('"').lower()
    hints = [hint for group in _BRACKET.findall(lower) for hint in re.split(r"[,;/\s]+", group)]
    base = _BRACKET.sub("", lower)
    rank = COMPUTED if base.startswith("_") else USUAL
    squashed = re.sub(r"[^a-z0-9\u03b1\u03b4]", "", base)
    found = _whole(squashed) or _equatorial(squashed, rank) or _other_frame(squashed)
    return None if found is None else _hinted(found, hints)


def parse_part(name: str) -> str | None:
    """Tell which part of a sexagesimal position a column holds: ``RAh`` of the CDS, ``RA (h)``."""
    lower = name.strip().strip('"').lower()
    base = _BRACKET.sub("", lower).strip()
    if base in {"de-", "dec-", "de -"}:
        return DEC_PARTS[0]
    squashed = re.sub(r"[^a-z]", "", base)
    if squashed in {"ra", "de", "dec"}:
        squashed += "".join(_BRACKET.findall(lower)[:1])
    if squashed in _PARTS:
        return RA_PARTS[_PARTS[squashed]]
    dec = _DEC_PART.fullmatch(squashed)
    return None if dec is None else DEC_PARTS[(dec.lastindex or 1) - 1]


def _whole(squashed: str) -> Title | None:
    for name in _WHOLE:
        frame = _FRAMES.get(squashed.removeprefix(name))
        if squashed == name or (squashed.startswith(name) and frame is not None):
            return Title(BOTH, frame)
    return None


def _equatorial(squashed: str, rank: int) -> Title | None:
    found = _EQUATORIAL.fullmatch(squashed)
    if found is None:
        return None
    role = LONGITUDE if found["ra"] else LATITUDE
    words = _WORD.findall(found["rest"])
    # A bare d is degrees in RAJD of pulsars; DEd is a part, and RAd may be radians.
    if "d" in words and found["kind"] != "j":
        return None
    units = [_UNITS[word] for word in words if word in _UNITS]
    units += [DEGREE for word in words if word == "d"]
    frames = [_FRAMES[word] for word in words if word in _FRAMES]
    if len(set(units)) > 1 or len({each.name for each in frames}) > 1:
        return None
    frame = frames[0] if frames else None
    rank = WINDOWED if found["kind"] in {"win", "windowed", "peak"} else rank
    is_sexagesimal = not _SEXAGESIMAL.isdisjoint(words)
    return Title(role, frame, units[0] if units else None, rank, is_sexagesimal)


def _other_frame(squashed: str) -> Title | None:
    found = _OTHER_FRAMES.get(squashed)
    return None if found is None else Title(*found)


def _hinted(title: Title, hints: list[str]) -> Title:
    """Add what stands in brackets behind a title."""
    frame, unit = title.frame, title.unit
    for hint in hints:
        if _YEAR.fullmatch(hint) and hint not in _FRAMES and "icrs" not in hints:
            # The year of the equinox, or of the observations.
            frame = DeclaredFrame(hint.upper())
        elif hint in _FRAMES:
            frame = ICRS if "icrs" in hints else _FRAMES[hint]
        elif hint in {"gal", "galactic"}:
            frame = _GALACTIC
        elif (read := parse_angle_unit(hint)) is not None:
            unit = read
    is_sexagesimal = title.is_sexagesimal or unit in {SEXAGESIMAL_HOURS, SEXAGESIMAL_DEGREES}
    return Title(title.role, frame, unit, title.rank, is_sexagesimal)
