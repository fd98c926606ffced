"""Regions of the sky as SODA and SIA write them.

References
----------
SODA 1.0, section 3.3 "Filtering Parameters"; DALI 1.1, section 3.3 for circles, polygons
and numbers.
"""

import math
from collections.abc import Sequence

from sptjobs.request.numbers import parse_bounded, parse_number
from sptjobs.sky.circle import Circle
from sptjobs.sky.coordinate_range import CoordinateRange
from sptjobs.sky.polygon import RegionError, SphericalPolygon
from sptjobs.sky.region import Region
from sptjobs.uws.errors import ParameterError

MAX_POLYGON_CORNERS = 300
"""Most corners of a polygon: their sides are compared each with each."""

_OPEN = {"-inf": -math.inf, "inf": math.inf, "+inf": math.inf}
_MAX_LONGITUDE_DEG = 3600.0


_SHAPES = "must be CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2 or POLYGON ra dec …"


def parse_pos_region(text: str, *, field: str = "POS") -> Region:
    """Read ``CIRCLE ra dec radius``, ``RANGE ra1 ra2 dec1 dec2`` or ``POLYGON ra dec …`` [deg].

    Blanks, tabs and line ends between the words count alike; the shape is read in any case.

    Raises
    ------
    ParameterError
        It is no such region.
    """
    if not text.strip():
        raise ParameterError(f"has no value; {_SHAPES}", field=field, value=text)
    shape, *words = _words(text, field)
    match shape.upper():
        case "CIRCLE":
            return _circle(words, text, field)
        case "RANGE":
            return _range(words, text, field)
        case "POLYGON":
            return _polygon(words, text, field)
    shown = "a shape comes first" if _can_be_number(shape) else f"unsupported-xtype: {shape[:20]}"
    raise ParameterError(f"{shown}; {_SHAPES}", field=field, value=text)


def parse_circle_region(text: str, *, field: str = "CIRCLE") -> Circle:
    """Read ``ra dec radius`` [deg, ICRS]."""
    return _circle(_words(text, field), text, field)


def parse_polygon_region(text: str, *, field: str = "POLYGON") -> SphericalPolygon:
    """Read ``ra dec ra dec ra dec …`` [deg, ICRS]."""
    return _polygon(_words(text, field), text, field)


def _words(text: str, field: str) -> list[str]:
    words = text.split(maxsplit=2 * MAX_POLYGON_CORNERS + 2)
    if not words:
        raise ParameterError("has no value", field=field, value=text)
    return words


def _circle(words: Sequence[str], text: str, field: str) -> Circle:
    if len(words) != 3:
        message = f"a circle is three numbers in degrees, ra dec radius, not {len(words)}"
        raise ParameterError(message, field=field, value=text)
    radius = parse_bounded(words[2], minimum=0, maximum=180, unit="degrees", field=field)
    return Circle(_wrapped(_longitude(words[0], field)), _latitude(words[1], field), radius)


def _range(words: Sequence[str], text: str, field: str) -> CoordinateRange:
    if len(words) != 4:
        message = f"a range is four numbers in degrees, ra1 ra2 dec1 dec2, not {len(words)}"
        raise ParameterError(message, field=field, value=text)
    west, east = (
        (0.0 if word.startswith("-") else 360.0)
        if word.lower() in _OPEN
        else _longitude(word, field)
        for word in words[:2]
    )
    south, north = (
        math.copysign(90.0, _OPEN[word.lower()])
        if word.lower() in _OPEN
        else _latitude(word, field)
        for word in words[2:]
    )
    if south > north:
        message = "the first declination of a range is above the second"
        raise ParameterError(message, field=field, value=text)
    if east - west >= 360.0:
        return CoordinateRange(0.0, 360.0, south, north)
    return CoordinateRange(_wrapped(west), (east - west) % 360.0, south, north)


def _polygon(words: Sequence[str], text: str, field: str) -> SphericalPolygon:
    if len(words) < 6 or len(words) % 2:
        message = f"a polygon is three or more pairs of numbers in degrees, not {len(words)} values"
        raise ParameterError(message, field=field, value=text)
    if len(words) > 2 * MAX_POLYGON_CORNERS:
        message = f"a polygon may have up to {MAX_POLYGON_CORNERS} corners"
        raise ParameterError(message, field=field, value=text)
    corners = [
        (_wrapped(_longitude(ra, field)), _latitude(dec, field))
        for ra, dec in zip(words[::2], words[1::2], strict=True)
    ]
    try:
        return SphericalPolygon(tuple(corners))
    except RegionError as error:
        raise ParameterError(f"the polygon {error}", field=field, value=text) from None


def _longitude(word: str, field: str) -> float:
    """Read a right ascension [deg]; DALI 1.2 lets it go around."""
    limit = _MAX_LONGITUDE_DEG
    return parse_bounded(word, minimum=-limit, maximum=limit, unit="degrees", field=field)


def _wrapped(longitude: float) -> float:
    wrapped = longitude % 360.0
    # A tiny negative angle rounds up to 360.
    return 0.0 if wrapped >= 360.0 else wrapped


def _latitude(word: str, field: str) -> float:
    return parse_bounded(word, minimum=-90, maximum=90, unit="degrees", field=field)


def _can_be_number(word: str) -> bool:
    try:
        parse_number(word, field="")
    except ParameterError:
        return False
    return True
