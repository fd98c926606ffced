"""Reading the parameters of a query of SIA.

References
----------
SIA 2.0, section 2.1; DALI 1.1, sections 2.3.2 (names in any case, values as they are),
3.3.4 (intervals) and 3.4 (standard parameters).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sptjobs.maps.publisher_ids import PublisherIds
from sptjobs.maps.site import declared
from sptjobs.obscore.query import Bounds, ObservationQuery
from sptjobs.obscore.search_region import SearchRegion
from sptjobs.request.numbers import parse_number, whole_number
from sptjobs.request.region_values import parse_pos_region
from sptjobs.uws.errors import ParameterError

MAX_VALUES = 200
"""Most values of one parameter."""

PRODUCT_TYPES = frozenset(
    {"image", "cube", "spectrum", "sed", "timeseries", "visibility", "event", "measurements"}
)
"""ObsCore 1.1, section 3.3.1."""

_LINEAR, _CIRCULAR = ("XX", "YY", "XY", "YX"), ("RR", "LL", "RL", "LR")
STATES = frozenset({"I", "Q", "U", "V", "POLI", "POLA", *_LINEAR, *_CIRCULAR})
"""ObsCore 1.1, section B.6.6."""

_OPEN = MappingProxyType({"-inf": -math.inf, "inf": math.inf, "+inf": math.inf})

_EVERYTHING: Bounds = (-math.inf, math.inf)
_UNKNOWN_TOO = frozenset({"bands", "times"})
"""Conditions that are none where both ends are open, as SODA has it: of maps whose edges or
times nobody states, too."""

Fields = Sequence[tuple[str, str]]


def read_query(fields: Fields, ids: PublisherIds) -> ObservationQuery:
    """Read the conditions of a query; parameters without a value count as not given.

    Parameters
    ----------
    fields
        Upper-case names and values.

    Raises
    ------
    ParameterError
        A value makes no sense, or there are too many.
    """
    found: dict[str, Any] = {}
    for name, (attribute, parse) in _PARAMETERS.items():
        values = [value for each, value in fields if each == name and value.strip()]
        if len(values) > MAX_VALUES:
            message = f"is given {len(values)} times, {MAX_VALUES} are allowed"
            raise ParameterError(message, field=name)
        if values:
            parsed = [parse(value, name) for value in values]
            if attribute in _UNKNOWN_TOO and _EVERYTHING in parsed:
                continue
            ordered = all(isinstance(each, tuple | SearchRegion) for each in parsed)
            found[attribute] = tuple(parsed) if ordered else frozenset(parsed)
    named = [value for each, value in fields if each == "ID" and value.strip()]
    if len(named) > MAX_VALUES:
        raise ParameterError(f"is given {len(named)} times, {MAX_VALUES} are allowed", field="ID")
    if named:
        found["map_ids"] = frozenset(filter(None, map(ids.map_id, named)))
    return ObservationQuery(**found)


def parse_interval(text: str, field: str) -> Bounds:
    """Read two numbers, or one that stands for both; ends may be open (``-Inf``, ``+Inf``)."""
    words = text.split(maxsplit=2)
    if not 1 <= len(words) <= 2:
        message = "must be one number, or two with a blank between them"
        raise ParameterError(message, field=field, value=text)
    ends = [_end(word, field) for word in words]
    low, high = ends[0], ends[-1]
    # A plus sign that was not encoded arrives as a blank: "1 Inf" it is all the same.
    if low > high:
        raise ParameterError("the first number is above the second", field=field, value=text)
    if math.isinf(low) and low == high:
        raise ParameterError("an interval must have a finite end", field=field, value=text)
    return low, high


def _end(word: str, field: str) -> float:
    open_end = _OPEN.get(word.lower())
    return parse_number(word, field=field) if open_end is None else open_end


def _place(text: str, field: str) -> SearchRegion:
    return SearchRegion(parse_pos_region(text, field=field))


def _text(text: str, _: str) -> str:
    return text.strip()


def _format(text: str, _: str) -> str:
    return "".join(text.lower().split())


def _state(text: str, field: str) -> str:
    state = text.strip().upper()
    if state not in STATES:
        message = f"must be one of {' '.join(sorted(STATES))}"
        raise ParameterError(message, field=field, value=text)
    # ObsCore writes a list of states between slashes, so that "I" is no part of "POLI".
    return f"/{state}/"


def _product_type(text: str, field: str) -> str:
    kind = text.strip().lower()
    if kind not in PRODUCT_TYPES:
        message = f"must be one of {', '.join(sorted(PRODUCT_TYPES))}"
        raise ParameterError(message, field=field, value=text)
    return kind


def _level(text: str, field: str) -> int:
    level = whole_number(text.strip())
    if level is None or not 0 <= level <= 4:
        raise ParameterError("must be a whole number from 0 to 4", field=field, value=text)
    return level


def _filetype(text: str, field: str) -> str:
    kinds = declared()
    known = kinds.filetype_spellings.get(text.strip().lower())
    if known is None:
        message = f"must be one of {', '.join(kinds.filetype_names)}"
        raise ParameterError(message, field=field, value=text)
    return known


_PARAMETERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = MappingProxyType(
    {
        "POS": ("places", _place),
        "BAND": ("bands", parse_interval),
        "TIME": ("times", parse_interval),
        "POL": ("polarisations", _state),
        "FOV": ("fields_of_view", parse_interval),
        "SPATRES": ("resolutions", parse_interval),
        "SPECRP": ("powers", parse_interval),
        "EXPTIME": ("exposures", parse_interval),
        "TIMERES": ("time_resolutions", parse_interval),
        "COLLECTION": ("collections", _text),
        "FACILITY": ("facilities", _text),
        "INSTRUMENT": ("instruments", _text),
        "DPTYPE": ("product_types", _product_type),
        "CALIB": ("calib_levels", _level),
        "TARGET": ("targets", _text),
        "FORMAT": ("formats", _format),
        "FILETYPE": ("filetypes", _filetype),
    }
)
"""Each parameter: the condition that it is, and how a value of it is read."""

CONDITIONS = frozenset({*_PARAMETERS, "ID"})
"""Names of the parameters that select."""
