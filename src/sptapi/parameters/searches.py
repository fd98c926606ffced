"""The parameters that all searches have: how many rows at most, and in which form.

References
----------
DALI 1.1, sections 3.4.3 "MAXREC" and 3.4.4 "RESPONSEFORMAT".
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from sptapi.parameters.controls import Fields, read_whole, single
from sptjobs.uws.errors import ParameterError

VOTABLE, CSV, JSON = "votable", "csv", "json"

DEFAULT_ROWS: Final = 10_000
MAX_ROWS: Final = 1_000_000

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "votable": VOTABLE,
        "votable/td": VOTABLE,
        "application/x-votable+xml": VOTABLE,
        "application/x-votable+xml;serialization=tabledata": VOTABLE,
        "application/x-votable+xml;content=datalink": VOTABLE,
        "text/xml": VOTABLE,
        "application/xml": VOTABLE,
        "csv": CSV,
        "text/csv": CSV,
        "text/csv;header=present": CSV,
        "json": JSON,
        "application/json": JSON,
    }
)

_SMALL_PLACES: Final = 400
"""Characters of regions that are read at once: sides of polygons are compared each with each."""

_OF_EVERY_REQUEST: Final = frozenset(
    {"MAXREC", "RESPONSEFORMAT", "REQUEST", "VERSION", "RUNID", "STRICT"}
)
"""What any client may send: DALI's own, and what earlier standards required."""


def read_table_form(
    fields: Fields, offered: Iterable[str] = (VOTABLE, CSV, JSON)
) -> tuple[str, str]:
    """Read RESPONSEFORMAT: the form, and the media type that was asked for, else empty.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        It is no form of this table, or given twice.
    """
    text = single(fields, "RESPONSEFORMAT")
    if text is None or not text.strip():
        return VOTABLE, ""
    name = "".join(text.lower().split())
    form = _NAMES.get(name)
    if form is None or form not in offered:
        known = ", ".join(each for each, kind in _NAMES.items() if kind in offered)
        raise ParameterError(f"must be one of {known}", field="RESPONSEFORMAT", value=text)
    return form, text.strip() if "/" in name and name != "votable/td" else ""


def read_max_rows(fields: Fields) -> int:
    """Read MAXREC: 0 asks for what the columns are; more than the service gives, for that."""
    text = single(fields, "MAXREC")
    if text is None or not text.strip():
        return DEFAULT_ROWS
    return min(read_whole("MAXREC", text.strip(), minimum=0, maximum=2**53), MAX_ROWS)


def unknown_parameters(fields: Fields, known: Iterable[str]) -> tuple[str, ...]:
    """Names that mean nothing to a search: ignored and reported, or refused where STRICT=true.

    Raises
    ------
    ParameterError
        There is one, and the request says STRICT=true.
    """
    known = _OF_EVERY_REQUEST.union(known)
    unknown = tuple(sorted({name for name, _ in fields} - known))
    strict = (single(fields, "STRICT") or "").strip().lower()
    if strict not in {"", "true", "false"}:
        raise ParameterError("must be true or false", field="STRICT", value=strict)
    if unknown and strict == "true":
        message = f"means nothing here; known are {', '.join(sorted(known))}"
        raise ParameterError(message, field=unknown[0])
    return unknown


def names_large_places(fields: Fields) -> bool:
    """Whether reading the regions may take long enough for others to notice."""
    return sum(len(value) for name, value in fields if name == "POS") > _SMALL_PLACES


async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function here and now: the ``ReadApart`` of what is quick."""
    return function(*arguments)
