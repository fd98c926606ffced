"""The declaration of a request parameter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Any


class ParameterGroup(StrEnum):
    """What a parameter is about; the values are headings of the documentation."""

    TARGETS = "Where, how large and when"
    SELECTION = "From which maps"
    STAMP = "How stamps are made"
    PRODUCTS = "What is made"
    ORIGIN = "A job made of another job"
    CONTROLS = "The job itself"


class Occurs(Enum):
    """How often a parameter may be given."""

    ONCE = "once"
    REPEATED = "several times"
    LISTED = "several times, or once with commas"


class JsonType(Enum):
    """What a JSON document may give for a parameter, beside a text."""

    TEXT = "a text"
    NUMBER = "a number"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    LIST = "a list of texts"
    CIRCLES = "[ra, dec, radius], or a list of such lists"
    POLYGONS = "[ra, dec, ra, dec, …], or a list of such lists"
    INTERVAL = "[first, last], where null is an open end"
    INTERVALS = "[first, last], where null is an open end, or a list of such lists"
    TABLE = "a list of objects, one for each row"


class ParameterTableError(Exception):
    """The table of parameters contradicts itself: a mistake in the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """All that is special about a parameter.

    Attributes
    ----------
    name
        In upper case; it is read in any case.
    aliases
        Other names that are read as this one.
    parser
        Turns one text into a value: ``parser(text, field=name)``. Raises
        ``ParameterError``.
    attribute
        Field of the record that the value is for: of ``CutoutRequest``, of
        ``Controls`` in the group of that name; None where ``TargetSource``, or the
        reader of the other job, uses it.
    collect
        Makes one value of those of a parameter that may be repeated.
    documentation
        Markdown, one line.
    options
        The texts that are accepted, where they can be listed.
    string_format, max_length
        As in JSON Schema.
    example
        A text that is accepted; None where it depends on the jobs that there are.
    """

    name: str
    group: ParameterGroup
    parser: Callable[..., Any]
    documentation: str
    json_type: JsonType
    aliases: tuple[str, ...] = ()
    occurs: Occurs = Occurs.ONCE
    unit: str | None = None
    attribute: str | None = None
    collect: Callable[[Sequence[Any]], Any] = tuple
    options: tuple[str, ...] = ()
    string_format: str | None = None
    max_length: int | None = None
    example: str | None = None

    def __post_init__(self) -> None:
        """Refuse a declaration that could accept a value and ignore it."""
        if not callable(self.parser):
            raise ParameterTableError(f"{self.name}: has no parser")
        if not self.documentation.strip():
            raise ParameterTableError(f"{self.name}: has no documentation")


def check_table(parameters: Sequence[Parameter], records: Mapping[ParameterGroup, type]) -> None:
    """Refuse a table in which a name is there twice, or a value would go nowhere.

    Parameters
    ----------
    records
        The dataclass that the parameters of a group are for.

    Raises
    ------
    ParameterTableError
        Names the parameter.
    """
    seen: set[str] = set()
    for each in parameters:
        for name in (each.name, *each.aliases):
            if name in seen or name != name.strip().upper():
                raise ParameterTableError(f"{name}: is there twice, or not in upper case")
            seen.add(name)
        if each.group in records:
            known = {field.name for field in fields(records[each.group])}
            if each.attribute not in known:
                raise ParameterTableError(f"{each.name}: its value is for no field")
