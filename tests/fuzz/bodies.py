"""Bodies of requests: wild ones, and ones that are valid but for a little.

They are made of the table of parameters, and of the tables of targets that the tests of reading
know: what is added there is tried here.
"""

import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup
from sptjobs.request.parameter_table import PARAMETERS
from tests.support.table_cases import table_cases

BOUNDARY = "b0undary"
FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
JSON_TYPE = "application/json"

PART = "table"
"""The file that UPLOAD's example names."""

TABLES = tuple(case.content for case in table_cases())
"""Of every kind of table at least one, and ones that are refused."""

ROWS = (
    [{"ra": 0.25, "dec": -57.8, "objid": "x"}, {"ra": 1, "dec": -58, "xsize": 5}],
    [{"ra": "0:01:00", "dec": "-57:48:00"}],
)


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


_IN_JSON: Mapping[JsonType, Callable[[str], Any]] = MappingProxyType(
    {
        JsonType.NUMBER: float,
        JsonType.INTEGER: int,
        JsonType.BOOLEAN: json.loads,
        JsonType.LIST: lambda text: text.split(","),
        JsonType.CIRCLES: lambda text: [_numbers(text), _numbers(text)],
        JsonType.POLYGONS: _numbers,
        JsonType.INTERVAL: _numbers,
        JsonType.INTERVALS: lambda text: [[None, _numbers(text)[1]], _numbers(text)],
    }
)
"""What a JSON document may give beside a text, made of one."""


def values_of(parameter: Parameter) -> tuple[Any, ...]:
    """Values of which each is one that the parameter is for, as texts and as JSON has them."""
    if parameter.json_type is JsonType.TABLE:
        return (*ROWS, *TABLES)
    texts = [*map(str, parameter.options), *filter(None, [parameter.example])]
    if parameter.occurs is Occurs.LISTED and parameter.options:
        texts.append(",".join(parameter.options))
    as_json = _IN_JSON.get(parameter.json_type)
    return (*texts, *(as_json(text) for text in texts if as_json is not None))


TARGETS = tuple(each for each in PARAMETERS if each.group is ParameterGroup.TARGETS)
OPTIONS = tuple(each for each in PARAMETERS if each.group is not ParameterGroup.TARGETS)
VALUES = {each.name: values_of(each) for each in PARAMETERS}
ODD: tuple[Any, ...] = (
    None, True, "", " ", "NaN", "inf", "-0", "1e999", "0x10", "1_000", "²",
    "\N{ARABIC-INDIC DIGIT ONE}",
    "[", "[1,", "[]x", "{}", '"', "'", "a\0b", "\x01", "\ud7ff", "\ufeff1", "../x", "a" * 300,
    -1, 0, 1e308, 10**30, 2**63, 0.1, [], [[]], {}, [None], {"a": 1}, ["RUN", "RUN"], "RUN",
    "ABORT", "90GHz,90GHz", "30GHz", "2021-02-30", "2030-13-01T00:00:00Z", "param:x",
    "positions,param:x", "CIRCLE", "POLYGON 1 2 3 4 5 6", "1,2", "1 2 3", ";", "%00", "%", "+",
    "\r\n", "\u2028",
)  # fmt: skip
NAMES = (
    *VALUES, *(alias for each in PARAMETERS for alias in each.aliases), PART, "RESPONSEFORMAT",
    "REQUEST", "VERSION", "FORMAT", "MAXREC", "CSRF", "TMIN", "WAIT", "é", "", " ", "a\0",
)  # fmt: skip


@dataclass(frozen=True)
class Body:
    """What is sent: the query string, the content type and the bytes."""

    query: str
    content_type: str
    content: bytes


def wild(chance: random.Random) -> Body:
    """Make a body of anything."""
    ways: tuple[Callable[[], tuple[str, bytes]], ...] = (
        lambda: (chance.choice((FORM, MULTIPART, JSON_TYPE, "text/csv", "")), noise(chance)),
        lambda: (JSON_TYPE, json.dumps(_any_value(chance, 5)).encode()),
        lambda: (JSON_TYPE, json.dumps({_name(chance): _any_value(chance, 3)}).encode()),
        lambda: (FORM, urlencode([(_name(chance), _text(chance)) for _ in range(5)]).encode()),
        lambda: (MULTIPART, _parts(chance, [(_name(chance), _text(chance)) for _ in range(3)])),
        lambda: (FORM, b"&".join([b"=", b"%", b"%ff", b"=;", noise(chance)])),
        lambda: _spoilt(chance, *_encoded(chance, _valid(chance))),
    )
    content_type, content = chance.choice(ways)()
    query = urlencode({_name(chance): _text(chance)}) if chance.random() < 0.1 else ""
    return Body(query, content_type, content)


def nearly_valid(chance: random.Random) -> Body:
    """Make a body that would be taken, and change at most two things of it."""
    document = _valid(chance)
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        _change(chance, document)
    content_type, content = _encoded(chance, document)
    if chance.random() < 0.1:
        content_type, content = _spoilt(chance, content_type, content)
    query = urlencode({_name(chance): _text(chance)}) if chance.random() < 0.05 else ""
    return Body(query, content_type, content)


def noise(chance: random.Random, longest: int = 200) -> bytes:
    """Give random bytes."""
    return chance.randbytes(chance.randrange(longest))


def _valid(chance: random.Random) -> dict[str, Any]:
    document = _of_targets(chance)
    for option in chance.sample(OPTIONS, chance.randrange(4)):
        document[option.name.lower()] = chance.choice(VALUES[option.name] or ODD)
    return document


def _of_targets(chance: random.Random) -> dict[str, Any]:
    """Say where: by a position, a file, or anything else that there is, with a position or not."""
    position = {"ra": "0.25", "dec": "-57.8"}
    match chance.randrange(3):
        case 0:
            return dict(position)
        case 1:
            return {"upload": f"positions,param:{PART}", PART: chance.choice(TABLES)}
        case _:
            source = chance.choice(TARGETS)
            given = {source.name.lower(): chance.choice(VALUES[source.name])}
            return given | (position if chance.random() < 0.5 else {})


def _change(chance: random.Random, document: dict[str, Any]) -> None:
    name = chance.choice(list(document))
    match chance.randrange(6):
        case 0:
            document.pop(name)
            document.setdefault("size", 5)
        case 1:
            document[_name(chance)] = chance.choice(ODD)
        case 2:
            document[chance.choice((name.upper(), name.title(), f" {name}", f"{name} "))] = (
                document.pop(name)
            )
        case 3 if isinstance(document[name], list) and document[name]:
            document[name] = [*document[name], chance.choice(ODD)]
        case 4 if isinstance(document[name], str) and document[name]:
            at = chance.randrange(len(document[name]))
            document[name] = document[name][:at] + _text(chance)[:3] + document[name][at + 1 :]
        case 4 if isinstance(document[name], bytes):
            document[name] = _altered(chance, document[name])
        case _:
            document[name] = chance.choice(ODD)


def _encoded(chance: random.Random, document: dict[str, Any]) -> tuple[str, bytes]:
    """Write a document as JSON, as a form or as multipart."""
    if chance.random() < 0.4 and PART not in document:
        return JSON_TYPE, json.dumps(document, default=_as_text).encode()
    fields = [(name, _flat(value)) for name, value in document.items()]
    fields += chance.sample(fields, 1) if chance.random() < 0.05 else []
    if chance.random() < 0.5 and PART not in document:
        return FORM, urlencode(fields, errors="replace").encode()
    return MULTIPART, _parts(chance, fields)


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _flat(value: Any) -> str | bytes:
    if isinstance(value, list) and value and not isinstance(value[0], dict | list):
        return " ".join("" if each is None else str(each) for each in value)
    return value if isinstance(value, str | bytes) else json.dumps(value)


def _parts(chance: random.Random, fields: list[tuple[str, str | bytes]]) -> bytes:
    made = b""
    for name, value in fields:
        is_file = name.lower() in {PART, "positions"} and chance.random() < 0.9
        file = '; filename="t"' if is_file else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        content = value if isinstance(value, bytes) else value.encode("utf-8", "replace")
        made += head.encode("utf-8", "replace") + content + b"\r\n"
    return made + f"--{BOUNDARY}--\r\n".encode()


def _spoilt(chance: random.Random, content_type: str, content: bytes) -> tuple[str, bytes]:
    kind = chance.choice((content_type,) * 8 + (FORM, JSON_TYPE, MULTIPART, ""))
    return kind, _altered(chance, content)


def _altered(chance: random.Random, content: bytes) -> bytes:
    """Cut it, put something in, change a byte, or double it."""
    at = chance.randrange(len(content) + 1)
    ways = (
        content[:at],
        content[:at] + noise(chance, 8) + content[at:],
        content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
        content * 2,
    )
    return chance.choice(ways)


def _any_value(chance: random.Random, depth: int) -> Any:
    match chance.randrange(5 if depth else 3):
        case 3:
            return [_any_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        case 4:
            return {_name(chance): _any_value(chance, depth - 1) for _ in range(3)}
        case _:
            return chance.choice(ODD)


def _name(chance: random.Random) -> str:
    name = chance.choice(NAMES)
    return name.lower() if chance.random() < 0.3 else name


def _text(chance: random.Random) -> str:
    if chance.random() < 0.5:
        odd = chance.choice(ODD)
        return odd if isinstance(odd, str) else json.dumps(odd)
    letters = string.printable + "é星\0\u2028\N{FULLWIDTH DIGIT ONE}"
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, 30)))
