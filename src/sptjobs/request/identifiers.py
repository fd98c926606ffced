"""Names of targets: the rule for OBJID, and the name of a position without one.

A target's name becomes a folder, a part of file names and a segment of URLs, so
it has to be the same thing on Linux, macOS and Windows and in an address bar.
"""

import re

from sptjobs.uws.errors import ParameterError

MAX_LENGTH = 64
"""Leaves room for ``<objid>_<band>_<obsid>_<type>.fits`` within 255 bytes."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")

_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)

_OWN_FILES = frozenset({"manifest", "lightcurve", "request", "result", "index"})
"""Stems of the files that a job's folder holds beside the targets' folders."""


def parse_objid(text: str, *, field: str = "OBJID", row: int | None = None) -> str:
    """Check a name that the user gave to a target.

    Raises
    ------
    ParameterError
        The name would not be safe as a file name and in a URL.
    """
    name = text.strip()
    if not _SAFE.fullmatch(name) or name[-1] == ".":
        message = (
            f"must be 1 to {MAX_LENGTH} letters, digits, '.', '_', '+' or '-', "
            "begin with a letter or digit and not end with '.'"
        )
        raise ParameterError(message, field=field, row=row, value=text)
    # Windows takes "con.txt" for the device too.
    stem = name.partition(".")[0].lower()
    if stem in _WINDOWS_DEVICES:
        message = "is the name of a device on Windows and cannot be a folder there"
        raise ParameterError(message, field=field, row=row, value=text)
    if stem in _OWN_FILES:
        message = "is kept for the files of the job itself"
        raise ParameterError(message, field=field, row=row, value=text)
    return name


def position_name(ra: float, dec: float) -> str:
    """Name a position [deg, ICRS] ``spt3gJhhmmss.s±ddmmss.s``.

    Digits are cut off, not rounded, as the IAU's rules for designations ask. A
    millionth of the last digit is added before, so that a position written as
    ``21:54:23.8`` keeps its 8 after the way through binary degrees.

    References
    ----------
    IAU Commission 5, "Specifications concerning designations for astronomical
    radiation sources outside the solar system", section "Coordinates".
    """
    ticks = min(int(ra * 2400 + 1e-6), 863_999)
    minutes, tenths = divmod(ticks, 600)
    hours, minutes = divmod(minutes, 60)
    arc_ticks = min(int(abs(dec) * 36_000 + 1e-6), 3_240_000)
    arc_minutes, arc_tenths = divmod(arc_ticks, 600)
    degrees, arc_minutes = divmod(arc_minutes, 60)
    sign = "-" if dec < 0 else "+"
    return (
        f"spt3gJ{hours:02d}{minutes:02d}{tenths // 10:02d}.{tenths % 10}"
        f"{sign}{degrees:02d}{arc_minutes:02d}{arc_tenths // 10:02d}.{arc_tenths % 10}"
    )


def folded(objid: str) -> str:
    """Write a name as disks do that do not tell upper from lower case."""
    return objid.lower()
