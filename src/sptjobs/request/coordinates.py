"""Right ascension and declination from text, and back.

Taken are decimal degrees and sexagesimal triples whose meaning is certain: with
colons or blanks a right ascension is in hours and a declination in degrees, and
with unit letters (``12h34m56.7s``, ``-57d48m23.8s``) they say themselves. What
could be read in two ways is refused: two numbers instead of three, compact
digits such as ``123456.7``, a declination in hours.
"""

import re
from typing import NoReturn

from sptjobs.request.notation import plain_notation
from sptjobs.request.numbers import parse_number
from sptjobs.uws.errors import ParameterError

_TRIPLE = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<first>[0-9]{1,3})\s*(?P<unit>[:hHdD°]|\s)"
    r"\s*(?P<minutes>[0-9]{1,2})\s*(?P<minute>[:mM'\u2032]|\s)"
    r"\s*(?P<seconds>[0-9]{1,2}(?:\.[0-9]{0,20})?)\s*(?P<second>[sS\"\u2033]?)"
)
_WITH_UNIT = re.compile(
    r"(?P<sign>[+-]?)(?P<first>[0-9]{1,3}) ?(?P<unit>[hHdD\u00b0]) ?"
    r"(?P<minutes>[0-9]{1,2}(?:\.[0-9]{0,20})?) ?(?P<minute>[mM'])"
    r"|(?P<alone>[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?) ?(?P<of>[hHdD\u00b0])"
)
_PLAIN = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?")

_MAX_LENGTH = 80
"""Characters of the longest coordinate; the expressions take cubic time on blanks."""

_MAX_RAW = 1000
"""The same with all its blanks, which spreadsheets pad cells with."""

RA_FORMS = "degrees (10.68), hh:mm:ss.s or 00h42m44.3s"
DEC_FORMS = "degrees (-57.8), ±dd:mm:ss.s or -57d48m24s"


def parse_ra(text: str, *, field: str = "RA", row: int | None = None) -> float:
    """Read a right ascension [deg], 0 <= ra < 360.

    From -180 to 0 it is counted the other way from the meridian. Exactly 360 is the
    meridian of 0 and read as it (DALI 1.1, section 3.3.6, closes the interval of
    longitudes); anything else outside is refused, because a right ascension of 400
    is more likely a mistake than another turn.

    Raises
    ------
    ParameterError
        Names field, row and text, and says which forms are taken.
    """
    plain = _plain(text, field, row)
    if _PLAIN.fullmatch(plain):
        degrees = float(plain)
    elif (triple := _TRIPLE.fullmatch(plain)) is not None:
        degrees = _ra_triple(triple, text, field, row)
    elif (said := _WITH_UNIT.fullmatch(plain)) is not None:
        degrees = _with_unit(said, text, RA_FORMS, field, row)
    else:
        degrees = _decimal(plain, text, RA_FORMS, field, row)
    if not -180 <= degrees <= 360:
        message = "must be from 0 to 360 degrees"
        raise ParameterError(message, field=field, row=row, value=text)
    if degrees < 0:
        degrees += 360
    # Adding 0 turns the -0.0 of "-0" into 0.0.
    return degrees + 0.0 if degrees < 360 else 0.0


def parse_dec(text: str, *, field: str = "DEC", row: int | None = None) -> float:
    """Read a declination [deg], -90 <= dec <= 90.

    Raises
    ------
    ParameterError
        Names field, row and text, and says which forms are taken.
    """
    plain = _plain(text, field, row)
    if _PLAIN.fullmatch(plain):
        degrees = float(plain)
    elif (triple := _TRIPLE.fullmatch(plain)) is not None:
        degrees = _dec_triple(triple, text, field, row)
    elif (said := _WITH_UNIT.fullmatch(plain)) is not None:
        _check_degrees(said["unit"] or said["of"], text, field, row)
        degrees = _with_unit(said, text, DEC_FORMS, field, row)
    else:
        degrees = _decimal(plain, text, DEC_FORMS, field, row)
    if not -90 <= degrees <= 90:
        message = "must be from -90 to 90 degrees"
        raise ParameterError(message, field=field, row=row, value=text)
    return degrees + 0.0


def _plain(text: str, field: str, row: int | None) -> str:
    """Collapse blanks, and refuse a text that is too long before any expression reads it."""
    if _PLAIN.fullmatch(text):
        return text
    plain = plain_notation(text[:_MAX_RAW])
    if len(text) > _MAX_RAW or len(plain) > _MAX_LENGTH:
        _refuse(text, f"is longer than a coordinate ({_MAX_LENGTH} characters)", field, row)
    return plain


def format_degrees(degrees: float) -> str:
    """Write degrees with the fewest digits that read back as the same number."""
    return repr(float(degrees))


def format_ra(ra: float, decimals: int = 8) -> str:
    """Write a right ascension [deg] as ``hh:mm:ss.s``."""
    return _sexagesimal(ra / 15, 24, decimals)


def format_dec(dec: float, decimals: int = 7) -> str:
    """Write a declination [deg] as ``±dd:mm:ss.s``."""
    sign = "-" if dec < 0 else "+"
    return sign + _sexagesimal(abs(dec), None, decimals)


def _sexagesimal(value: float, turn: int | None, decimals: int) -> str:
    """Write ``value`` in units of 60 and 60, rounded to the nearest last digit.

    A value that would round up to the full ``turn`` stays one digit below it, so
    that it does not come back from the other side of the circle.
    """
    scale = 10**decimals
    ticks = round(value * 3600 * scale)
    if turn is not None:
        ticks = min(ticks, turn * 3600 * scale - 1)
    seconds, fraction = divmod(ticks, scale)
    minutes, seconds = divmod(seconds, 60)
    first, minutes = divmod(minutes, 60)
    point = f".{fraction:0{decimals}d}" if decimals else ""
    return f"{first:02d}:{minutes:02d}:{seconds:02d}{point}"


def _ra_triple(triple: re.Match[str], text: str, field: str, row: int | None) -> float:
    _check_marks(triple, text, RA_FORMS, field, row)
    in_degrees = triple["unit"] in "dD°"
    magnitude = _magnitude(triple, text, field, row) * (1 if in_degrees else 15)
    return -magnitude if triple["sign"] == "-" else magnitude


def _dec_triple(triple: re.Match[str], text: str, field: str, row: int | None) -> float:
    _check_degrees(triple["unit"], text, field, row)
    _check_marks(triple, text, DEC_FORMS, field, row)
    magnitude = _magnitude(triple, text, field, row)
    return -magnitude if triple["sign"] == "-" else magnitude


def _check_degrees(unit: str, text: str, field: str, row: int | None) -> None:
    if unit in "hH":
        _refuse(text, f"a declination is not given in hours; write {DEC_FORMS}", field, row)


def _with_unit(said: re.Match[str], text: str, forms: str, field: str, row: int | None) -> float:
    """One number or two, whose letters say what they are."""
    unit = said["unit"] or said["of"]
    factor = 15 if unit in "hH" else 1
    if said["alone"]:
        return float(said["alone"]) * factor
    minutes = float(said["minutes"])
    if minutes >= 60:
        _refuse(text, "minutes and seconds must be below 60", field, row)
    if unit in "hH" and said["minute"] not in "mM":
        _refuse(text, f"mixes separators; write {forms}", field, row)
    magnitude = (int(said["first"]) + minutes / 60) * factor
    return -magnitude if said["sign"] == "-" else magnitude


def _check_marks(triple: re.Match[str], text: str, forms: str, field: str, row: int | None) -> None:
    """Refuse a mixture such as ``12:34m56`` or ``12 34:56``."""
    unit, minute, second = triple["unit"], triple["minute"], triple["second"]
    if unit in "hH":
        consistent = minute in "mM" and second in ("", "s", "S")
    elif unit in "dD°":
        consistent = minute != ":" and not minute.isspace()
    else:
        consistent = not second and (minute == ":" if unit == ":" else minute.isspace())
    if not consistent:
        _refuse(text, f"mixes separators; write {forms}", field, row)


def _magnitude(triple: re.Match[str], text: str, field: str, row: int | None) -> float:
    minutes, seconds = int(triple["minutes"]), float(triple["seconds"])
    if minutes >= 60 or seconds >= 60:
        _refuse(text, "minutes and seconds must be below 60", field, row)
    return int(triple["first"]) + minutes / 60 + seconds / 3600


def _decimal(plain: str, text: str, forms: str, field: str, row: int | None) -> float:
    """Read a decimal that is not in plain notation, or say why the text is refused."""
    digits = plain.lstrip("+-")
    if re.match(r"[0-9]{4}", digits):
        _refuse(text, f"could be degrees or compact sexagesimal digits; write {forms}", field, row)
    if re.fullmatch(
        r"[0-9]{1,3}\s*[:hd°\s]\s*[0-9]{1,2}(\.[0-9]*)?\s*[m'\u2032]?", digits, re.IGNORECASE
    ):
        _refuse(text, f"has two numbers, which can be read in two ways; write {forms}", field, row)
    try:
        return parse_number(plain, field=field, row=row)
    except ParameterError:
        if not plain:
            _refuse(text, f"is missing; write {forms}", field, row)
        _refuse(text, f"cannot be read; write {forms}", field, row)


def _refuse(text: str, message: str, field: str, row: int | None) -> NoReturn:
    raise ParameterError(message, field=field, row=row, value=text)
