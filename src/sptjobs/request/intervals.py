"""SODA's intervals of wavelength and of time.

References
----------
SODA 1.0, sections 3.3.4 "BAND" and 3.3.5 "TIME"; DALI 1.1, section 3.3.5 "Intervals".
"""

import math
from collections.abc import Callable, Sequence

from sptjobs.maps.site import declared
from sptjobs.request.numbers import parse_number
from sptjobs.request.targets import parse_mjd
from sptjobs.uws.errors import ParameterError

Interval = tuple[float | None, float | None]
"""Ends included; None is open."""

_OPEN = {"-inf": -math.inf, "inf": math.inf, "+inf": math.inf}


def parse_time(text: str, *, field: str = "TIME") -> Interval:
    """Read ``first last`` [MJD, UTC], ends included; an infinite end is None."""
    words = text.split(maxsplit=2)
    if len(words) != 2:
        message = "must be two modified Julian dates: first last, -Inf or +Inf for an open end"
        raise ParameterError(message, field=field, value=text)
    return _interval(words, text, field, parse_mjd, "date")


def parse_numbers_between(text: str, *, field: str) -> Interval:
    """Read ``least greatest``, ends included; an infinite end is None."""
    words = text.split(maxsplit=2)
    if len(words) != 2:
        message = "must be two numbers: least greatest, -Inf or +Inf for an open end"
        raise ParameterError(message, field=field, value=text)
    return _interval(words, text, field, parse_number, "number")


def parse_wavelengths(text: str, *, field: str = "BAND") -> Interval:
    """Read ``shortest longest`` [m], ends included; an infinite end is None.

    Raises
    ------
    ParameterError
        It is no such interval, or a name of a band or a frequency was meant.
    """
    words = text.split(maxsplit=2)
    if len(words) != 2:
        bands = ", ".join(declared().band_names[:3])
        message = (
            "must be two wavelengths in metres: shortest longest, -Inf or +Inf for an open end"
            f"; bands are chosen by name with BANDS ({bands})"
        )
        raise ParameterError(message, field=field, value=text)
    return _interval(words, text, field, _wavelength, "wavelength")


def bands_within(intervals: Sequence[Interval], *, field: str = "BAND") -> tuple[str, ...]:
    """Bands of the site that have a wavelength in one of the intervals.

    Raises
    ------
    ParameterError
        The site declares the edges of no band.
    """
    kinds = declared()
    edges = {name: kinds.wavelengths(name) for name in kinds.band_names}
    if all(first is None and last is None for first, last in intervals):
        return kinds.band_names
    if not any(edges.values()):
        message = "this site states no edges of its bands; choose bands by name with BANDS"
        raise ParameterError(message, field=field)
    return tuple(
        name
        for name, band in edges.items()
        if band is not None and any(_meets(interval, band) for interval in intervals)
    )


def _meets(interval: Interval, band: tuple[float, float]) -> bool:
    first, last = interval
    return (first is None or first <= band[1]) and (last is None or last >= band[0])


def _interval(
    words: Sequence[str], text: str, field: str, parse: Callable[..., float], what: str
) -> Interval:
    first, last = (
        infinite if (infinite := _OPEN.get(word.lower())) is not None else parse(word, field=field)
        for word in words
    )
    if first > last:
        message = f"the first {what} is {'after' if what == 'date' else 'above'} the last"
        raise ParameterError(message, field=field, value=text)
    if (math.isinf(first) and first > 0) or (math.isinf(last) and last < 0):
        raise ParameterError("holds nothing", field=field, value=text)
    return (None if math.isinf(first) else first), (None if math.isinf(last) else last)


def _wavelength(word: str, *, field: str) -> float:
    metres = parse_number(word, field=field)
    if metres < 0:
        message = "must be wavelengths in metres, which are positive; 150 GHz are 0.002 m"
        raise ParameterError(message, field=field, value=word)
    return metres
