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

REFUSED = {
    "ID": "maps are chosen by BANDS, FILETYPE, COADD, DATE_START, DATE_END and TIME",
    "POLYGON": "stamps are rectangles; give CIRCLE, or POSITIONS with XSIZE and YSIZE",
    "BAND": "bands are chosen by name; give BANDS, for example BANDS=150GHz",
    "POL": "the maps hold total intensity only; leave POL out",
}
"""SODA parameters that this service does not take, and what to use instead."""

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


def parse_pos(text: str) -> tuple[float, float, float]:
    """Read ``CIRCLE ra dec radius``; SODA's other shapes are refused by name."""
    shape, _, numbers = text.strip().partition(" ")
    if shape.upper() == "CIRCLE":
        return parse_circle(numbers, field="POS")
    if shape.upper() in {"RANGE", "POLYGON"}:
        message = (
            f"unsupported-xtype: {shape.lower()}; stamps are rectangles around a position: "
            "give CIRCLE, or POSITIONS with XSIZE and YSIZE"
        )
        raise ParameterError(message, field="POS", value=text)
    raise ParameterError("must be CIRCLE ra dec radius [deg]", field="POS", value=text)


def parse_time(text: str) -> tuple[float | None, float | None]:
    """Read ``first last`` [MJD, UTC], ends included; an infinite end is None."""
    words = text.split()
    if len(words) != 2:
        message = "must be two modified Julian dates: first last, -Inf or +Inf for an open end"
        raise ParameterError(message, field="TIME", value=text)
    first, last = (_end(word) for word in words)
    if first > last:
        raise ParameterError("the first date is after the last", field="TIME", value=text)
    if math.isinf(first) and math.isinf(last):
        message = (
            "sets no limit; leave TIME out for the newest coadds, or give a first date for "
            "single observations"
        )
        raise ParameterError(message, field="TIME", value=text)
    return (None if math.isinf(first) else first), (None if math.isinf(last) else last)


def _end(word: str) -> float:
    infinite = _OPEN.get(word.lower())
    return parse_mjd(word, field="TIME") if infinite is None else infinite
