"""Parsers of single values: days, tags, snapshots, choices."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from sptjobs.maps.kinds import is_tag
from sptjobs.maps.site import declared, publisher_ids
from sptjobs.request.cutout_request import PLANES
from sptjobs.request.numbers import parse_bounded
from sptjobs.uws.errors import ParameterError

FINEST_ARCMIN, COARSEST_ARCMIN = 0.05, 10.0
"""Sides of the smallest and the largest pixel of a TAN stamp."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SNAPSHOT = re.compile(r"[0-9]{1,9}-(?:[0-9a-f]{12}|empty)")

_Choice = TypeVar("_Choice", bound=StrEnum)


def parse_day(text: str, *, field: str) -> date:
    """Read a day written ``YYYY-MM-DD``."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(f"is no day: {error}", field=field, value=text) from None
    raise ParameterError("must be a day as YYYY-MM-DD", field=field, value=text)


def parse_tag(text: str, *, field: str) -> str:
    """Read the tag of a coadd."""
    if not is_tag(text):
        message = "must be the tag of a coadd, for example yearly_winter_2020"
        raise ParameterError(message, field=field, value=text)
    return text


def parse_snapshot(text: str, *, field: str) -> str:
    """Read the name of a snapshot of the archive."""
    if not _SNAPSHOT.fullmatch(text):
        message = "must be the name of a snapshot of the archive, for example 12-0123456789ab"
        raise ParameterError(message, field=field, value=text)
    return text


def parse_pixel_scale(text: str, *, field: str) -> float:
    """Read the side of a TAN pixel [arcmin]."""
    return parse_bounded(
        text, minimum=FINEST_ARCMIN, maximum=COARSEST_ARCMIN, unit="arcmin", field=field
    )


def parse_ratio(text: str, *, field: str) -> float:
    """Read a ratio from 0 to 1."""
    return parse_bounded(text, minimum=0.0, maximum=1.0, unit="", field=field)


def parse_truth(text: str, *, field: str) -> bool:
    """Read ``true`` or ``false``, in any case."""
    if text.lower() not in {"true", "false"}:
        raise ParameterError("must be true or false", field=field, value=text)
    return text.lower() == "true"


def parse_map_id(text: str, *, field: str) -> str:
    """Read the identifier of a map, ``ivo://AUTHORITY/maps?MAPID`` or the bare id.

    Whether there is such a map, the catalogue knows.
    """
    map_id = publisher_ids().map_id(text)
    if map_id is None:
        shown = publisher_ids().of("MAPID")
        message = f"names no map of this service; its maps are {shown}, or MAPID alone"
        raise ParameterError(message, field=field, value=text)
    return map_id


def planes_in_order(values: Sequence[str]) -> tuple[str, ...]:
    """Put planes into the order of a file, each once.

    Raises
    ------
    ParameterError
        The pixels are not among them.
    """
    chosen = in_order_of(PLANES)(values)
    if chosen[:1] != PLANES[:1]:
        message = "a stamp has its pixels; give sci, or sci,wgt with their weights"
        raise ParameterError(message, field="PLANES", value=",".join(values))
    return chosen


def parse_job_id(text: str, *, field: str) -> str:
    """Read the name of a job; whether there is one of that name, the store knows."""
    if not text:
        raise ParameterError("must be the name of a job", field=field, value=text)
    return text


def one_of(
    options: Iterable[str], spellings: Mapping[str, str] | None = None
) -> Callable[..., str]:
    """Make the parser of a choice, in any case.

    Parameters
    ----------
    spellings
        Options that are meant by other spellings.
    """
    known = tuple(options)
    meant = {option: option for option in known} | dict(spellings or {})
    spelt = {text.lower(): option for text, option in meant.items()}

    def parse(text: str, *, field: str) -> str:
        if text.lower() not in spelt:
            message = f"must be one of {', '.join(known)}{_hint(text, spelt)}"
            raise ParameterError(message, field=field, value=text)
        return spelt[text.lower()]

    return parse


def one_band(text: str, *, field: str) -> str:
    """Read a band that the site declares, by any of its spellings."""
    kinds = declared()
    return one_of(kinds.band_names, kinds.band_spellings)(text, field=field)


def one_filetype(text: str, *, field: str) -> str:
    """Read a kind of maps that the site declares."""
    return one_of(declared().filetype_names)(text, field=field)


def bands_in_order(values: Sequence[str]) -> tuple[str, ...]:
    """Put bands into the site's order, each once."""
    return in_order_of(declared().band_names)(values)


def filetypes_in_order(values: Sequence[str]) -> tuple[str, ...]:
    """Put kinds of maps into the site's order, each once."""
    return in_order_of(declared().filetype_names)(values)


def choice(options: type[_Choice]) -> Callable[..., _Choice]:
    """Make the parser of an enumeration."""
    parse_one = one_of(option.value for option in options)

    def parse(text: str, *, field: str) -> _Choice:
        return options(parse_one(text, field=field))

    return parse


def _hint(text: str, known: Mapping[str, str]) -> str:
    close = get_close_matches(text.lower()[:64], known, n=1)
    return f"; did you mean {known[close[0]]}?" if close else ""


def in_order_of(known: Iterable[str]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Make what puts values into a known order, each once."""
    order = tuple(known)

    def collect(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(value for value in order if value in values)

    return collect


def each_once(values: Sequence[str]) -> tuple[str, ...]:
    """Give values in the order in which they came, each once."""
    return tuple(dict.fromkeys(values))


def sorted_set(values: Sequence[str]) -> tuple[str, ...]:
    """Sort values, each once."""
    return tuple(sorted(set(values)))
