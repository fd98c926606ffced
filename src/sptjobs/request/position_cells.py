"""The position of a row as texts that ``coordinates`` reads, from whatever cells it stands in."""

import re
from collections.abc import Sequence

from sptjobs.request.angle_units import (
    DEGREE,
    DEGREES_PER,
    HOUR,
    SEXAGESIMAL_DEGREES,
    SEXAGESIMAL_HOURS,
)
from sptjobs.request.numbers import MINUS_SIGN, parse_number
from sptjobs.request.position_columns import PositionColumns
from sptjobs.uws.errors import ParameterError

_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])|^,(?=[0-9])")
_SEXAGESIMAL = re.compile(r"[0-9]\s*[:hdms°\s]\s*[0-9]", re.IGNORECASE)
_LATITUDE = re.compile(r"^(.*[0-9\"'\u2033\u2032°a-z])[\s,]*([+\-\u2212].*)$", re.IGNORECASE)
_LONGEST = 200


def position_texts(row: Sequence[str], position: PositionColumns) -> tuple[str, str]:
    """Give longitude and latitude in degrees, or sexagesimal as they are in the table.

    Raises
    ------
    ParameterError
        A cell does not fit the unit of its column, or cannot be divided.
    """
    if position.is_whole:
        return _divided(row[position.longitude[0]])
    if len(position.longitude) > 1:
        return _ra_of_parts(row, position.longitude), _dec_of_parts(row, position.latitude)
    longitude = _in_degrees(row[position.longitude[0]], position.longitude_unit, "RA")
    return longitude, _in_degrees(row[position.latitude[0]], position.latitude_unit, "DEC")


def decimal_point(text: str) -> str:
    """Write a decimal comma as a point: no coordinate, size or date has thousands to part."""
    return _DECIMAL_COMMA.sub(".", text) if text.count(",") == 1 else text


def size_text(text: str, unit: str | None) -> str:
    """Give a size in arcmin."""
    if unit in {None, "arcmin"} or not text:
        return decimal_point(text)
    number = parse_number(decimal_point(text), field="XSIZE")
    return repr(number * DEGREES_PER[unit or DEGREE] * 60)


def is_sexagesimal(text: str) -> bool:
    """Whether a text has more than one number."""
    # The expression takes cubic time on blanks.
    return _SEXAGESIMAL.search(" ".join(text[:_LONGEST].split())) is not None


def _in_degrees(text: str, unit: str | None, field: str) -> str:
    text = decimal_point(text)
    if not text or unit is None:
        return text
    if is_sexagesimal(text):
        return _sexagesimal(text, unit, field)
    if unit in {SEXAGESIMAL_HOURS, SEXAGESIMAL_DEGREES}:
        message = f"is one number, but the table says that the column is in {unit}"
        raise ParameterError(message, field=field, value=text)
    if unit == DEGREE:
        return text
    number = parse_number(text, field=field)
    if unit == HOUR and not 0 <= number <= 24:
        raise ParameterError("must be from 0 to 24 hours", field=field, value=text)
    return repr(number * DEGREES_PER[unit])


def _sexagesimal(text: str, unit: str, field: str) -> str:
    """The text, with its unit where the column's is not what the text would be read in."""
    has_letter = re.search(r"[hd°]", text, re.IGNORECASE) is not None
    if field == "DEC" or has_letter or unit in {HOUR, SEXAGESIMAL_HOURS}:
        return text
    if unit == SEXAGESIMAL_DEGREES:
        numbers = re.split(r"[:\s]+", text.strip(), maxsplit=2)
        return "d".join(numbers[:2]).replace("d", "d", 1) + "m" + "".join(numbers[2:]) + "s"
    message = (
        f"is sexagesimal, but the table says that the column is in {unit}: hours or degrees? "
        "write 12h34m56.7s or 123d45m06.7s"
    )
    raise ParameterError(message, field=field, value=text)


def _divided(text: str) -> tuple[str, str]:
    """Divide a text that holds both coordinates."""
    short = " ".join(text[:_LONGEST].split())
    words = short.replace(",", " ").split()
    if len(words) in {2, 6}:
        half = len(words) // 2
        return " ".join(words[:half]), " ".join(words[half:])
    found = _LATITUDE.match(short)
    if found is None:
        message = "must hold a right ascension and a declination, such as 00 00 59.98 -57 48 23.8"
        raise ParameterError(message, field="RA", value=text)
    return found[1].strip(" ,"), found[2].strip()


def _ra_of_parts(row: Sequence[str], places: Sequence[int]) -> str:
    hours, minutes, seconds = (_part(row, place, "RA", top) for place, top in
                               zip(places, (24, 60, 60), strict=True))  # fmt: skip
    return repr((hours + minutes / 60 + seconds / 3600) * 15)


def _dec_of_parts(row: Sequence[str], places: Sequence[int]) -> str:
    sign_place, *others = places
    sign = row[sign_place].strip().replace(MINUS_SIGN, "-") if sign_place >= 0 else ""
    if sign not in {"", "+", "-", "1", "-1", "+1"}:
        raise ParameterError("must be + or -", field="DE-", value=sign)
    degrees = row[others[0]].strip().replace(MINUS_SIGN, "-")
    is_negative = sign.startswith("-") or degrees.startswith("-")
    cells = [degrees.lstrip("+-"), *(row[at] if at >= 0 else "0" for at in others[1:])]
    whole, minutes, seconds = (
        _number(cell, "DEC", top) for cell, top in zip(cells, (90, 60, 60), strict=True)
    )
    magnitude = whole + minutes / 60 + seconds / 3600
    return repr(-magnitude if is_negative else magnitude)


def _part(row: Sequence[str], place: int, field: str, top: int) -> float:
    return _number(row[place] if place >= 0 else "0", field, top)


def _number(text: str, field: str, top: int) -> float:
    number = parse_number(decimal_point(text), field=field)
    if not 0 <= number <= top or (number == top and top == 60):
        message = f"hours, degrees, minutes and seconds must be from 0 to {top}"
        raise ParameterError(message, field=field, value=text)
    return number
