"""SODA's parameters for regions of the sky and for time.

References
----------
SODA 1.0, section 3.3 "Filtering Parameters"; DALI 1.1, section 3.3 for the
serialisation of circles and intervals.
"""

import math

from sptjobs.request.numbers import parse_bounded, parse_number
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN, parse_mjd
from sptjobs.uws.errors import ParameterError

_OPEN = {"-inf": -math.inf, "inf": math.inf, "+inf": math.inf}


def parse_circle(text: str, *, field: str = "CIRCLE") -> tuple[float, float, float]:
    """Read ``ra dec radius`` [deg, ICRS] as a centre [deg] and a stamp's side [arcmin].

    The stamp is the square around the circle.
    """
    words = text.split()
    if len(words) != 3:
        message = "must be three numbers in degrees: ra dec radius"
        raise ParameterError(message, field=field, value=text)
    ra = parse_bounded(words[0], minimum=0, maximum=360, unit="degrees", field=field)
    dec = parse_bounded(words[1], minimum=-90, maximum=90, unit="degrees", field=field)
    side = 120 * parse_number(words[2], field=field)
    # A radius in degrees is rarely a binary fraction: 0.002083333 deg is 0.25 arcmin.
    if not MIN_SIZE_ARCMIN * (1 - 1e-6) <= side <= MAX_SIZE_ARCMIN * (1 + 1e-6):
        minimum, maximum = MIN_SIZE_ARCMIN / 120, MAX_SIZE_ARCMIN / 120
        message = f"the radius must be from {minimum:.4g} to {maximum:g} degrees"
        raise ParameterError(message, field=field, value=text)
    return ra % 360.0, dec, side


def parse_pos(text: str, *, field: str = "POS") -> tuple[float, float, float]:
    """Read ``CIRCLE ra dec radius``; SODA's other shapes are refused by name."""
    shape, _, numbers = text.strip().partition(" ")
    if shape.upper() == "CIRCLE":
        return parse_circle(numbers, field=field)
    if shape.upper() in {"RANGE", "POLYGON"}:
        message = (
            f"unsupported-xtype: {shape.lower()}; stamps are rectangles around a position: "
            "give CIRCLE, or POSITIONS with XSIZE and YSIZE"
        )
        raise ParameterError(message, field=field, value=text)
    raise ParameterError("must be CIRCLE ra dec radius [deg]", field=field, value=text)


def parse_time(text: str, *, field: str = "TIME") -> tuple[float | None, float | None]:
    """Read ``first last`` [MJD, UTC], ends included; an infinite end is None."""
    words = text.split()
    if len(words) != 2:
        message = "must be two modified Julian dates: first last, -Inf or +Inf for an open end"
        raise ParameterError(message, field=field, value=text)
    first, last = (_end(word, field) for word in words)
    if first > last:
        raise ParameterError("the first date is after the last", field=field, value=text)
    if math.isinf(first) and math.isinf(last):
        message = (
            "sets no limit; leave TIME out for the newest coadds, or give a first date for "
            "single observations"
        )
        raise ParameterError(message, field=field, value=text)
    return (None if math.isinf(first) else first), (None if math.isinf(last) else last)


def _end(word: str, field: str) -> float:
    infinite = _OPEN.get(word.lower())
    return parse_mjd(word, field=field) if infinite is None else infinite
