"""A JSON request as the texts that a form would carry, types checked on the way."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from sptjobs.request.columns import TARGET_COLUMNS, lookalike
from sptjobs.request.parameter import JsonType
from sptjobs.request.targets import TargetBuilder
from sptjobs.request.vocabulary import PARAMETER_BY_NAME, canonical_name
from sptjobs.uws.errors import InvalidRequestError, ParameterError

Rows = Callable[[TargetBuilder], None]

_LARGEST = 10**15


def read_document(
    document: Any,
) -> tuple[dict[str, list[str]], Rows | None, list[ParameterError]]:
    """Turn a decoded JSON request into texts by upper-case name.

    Returns
    -------
    tuple
        The texts, what adds the rows of ``positions`` where that is a list, and
        what is wrong with the types of the values.
    """
    if not isinstance(document, Mapping):
        message = f"the document must be an object, not {_kind(document)}"
        raise InvalidRequestError((ParameterError(message, field="BODY"),))
    values: dict[str, list[str]] = {}
    problems: list[ParameterError] = []
    rows: Rows | None = None
    for shown, value in document.items():
        name = canonical_name(shown)
        if name in values or (name == "POSITIONS" and rows is not None):
            message = "is there twice, in two spellings"
            problems.append(ParameterError(message, field=name[:64]))
        elif name == "POSITIONS" and isinstance(value, list):
            rows = _row_adder(value)
        elif value is not None:
            try:
                values[name] = texts_of(name, value) if name in PARAMETER_BY_NAME else _kept(value)
            except ParameterError as problem:
                problems.append(problem)
    return values, rows, problems


def _kept(value: Any) -> list[str]:
    """The text of a value that means nothing, or is refused with its name."""
    return [value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))]


def texts_of(name: str, value: Any) -> list[str]:
    """Write the JSON value of a parameter as texts, one for each time a form would give it.

    Raises
    ------
    ParameterError
        The value is of a type that the parameter has not.
    """
    field, parameter = name[:64], PARAMETER_BY_NAME.get(name)
    match parameter and parameter.json_type, value:
        case JsonType.BOOLEAN, bool():
            return ["true" if value else "false"]
        case JsonType.INTERVAL, [_, _]:
            return [_interval(value, field)]
        case JsonType.INTERVALS, list():
            # Two texts are the ends of one interval, as two numbers are.
            nested = any(isinstance(item, list) or " " in str(item).strip() for item in value)
            return [_interval(each, field) for each in (value if nested else [value])]
        case JsonType.CIRCLES | JsonType.POLYGONS, list():
            circles = value if any(isinstance(item, list | str) for item in value) else [value]
            return [_circle(circle, field) for circle in circles]
        case JsonType.LIST, list():
            if not value:
                raise ParameterError("the list is empty; leave the parameter out", field=field)
            return [_text(item, field) for item in value]
    return [_text(value, field)]


def _interval(value: Any, field: str) -> str:
    if not isinstance(value, list) or len(value) != 2:
        return _circle(value, field)
    first, last = value
    ends = ("-Inf" if first is None else first, "+Inf" if last is None else last)
    return " ".join(_text(end, field) for end in ends)


def _circle(value: Any, field: str) -> str:
    if isinstance(value, list):
        return " ".join(_text(item, field) for item in value)
    return _text(value, field)


def _text(value: Any, field: str, row: int | None = None) -> str:
    """A number or text as text; the number reads back as the same one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"must be a number or a text, not {_kind(value)}"
        raise ParameterError(message, field=field, row=row)
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > _LARGEST:
        message = "must be a finite number of a sensible size"
        raise ParameterError(message, field=field, row=row)
    return repr(value)


def _row_adder(rows: list[Any]) -> Rows:
    def add_to(builder: TargetBuilder) -> None:
        columns: dict[tuple[str, ...], tuple[str, ...]] = {}
        for number, row in enumerate(rows, start=1):
            try:
                builder.add(_cells(row, number, columns))
            except ParameterError as problem:
                builder.refuse_row(problem)

    return add_to


def _cells(
    row: Any, number: int, columns: dict[tuple[str, ...], tuple[str, ...]]
) -> dict[str, str]:
    """Cells of a row by upper-case name; ``columns`` remembers names seen before."""
    if not isinstance(row, Mapping):
        message = f"must be an object with ra and dec, not {_kind(row)}"
        raise ParameterError(message, field="POSITIONS", row=number)
    keys = tuple(row)
    if keys not in columns:
        columns[keys] = _checked_names(keys)
    return {
        name: "" if value is None else _text(value, name, number)
        for name, value in zip(columns[keys], row.values(), strict=True)
        if name in TARGET_COLUMNS
    }


def _checked_names(keys: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(key.strip().upper() for key in keys)
    for shown, name in zip(keys, names, strict=True):
        if name in TARGET_COLUMNS and names.count(name) > 1:
            raise ParameterError("is there twice, in two spellings", field=name)
        if name not in TARGET_COLUMNS and (problem := lookalike(shown)) is not None:
            raise problem
    return names


def _kind(value: Any) -> str:
    """Name of a value's type in JSON's terms."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case list():
            return "a list"
    return "a number"
