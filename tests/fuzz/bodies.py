"""Bodies of requests: wild ones, and ones that are valid but for a little."""

import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

BOUNDARY = "b0undary"
FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
JSON_TYPE = "application/json"

CSV = "RA,DEC,OBJID,XSIZE\n0.25,-57.8,a,5\n1.5,-58,b,\n0:10:00,-57:30:00,c,7\n"
ECSV = (
    "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, datatype: float64, unit: deg}\n"
    "# - {name: dec, datatype: float64, unit: deg}\nra dec\n0.25 -57.8\n1.5 -58\n"
)
VOTABLE = (
    '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="RA" datatype="double" unit="deg"/>'
    '<FIELD name="DEC" datatype="double" unit="deg"/><DATA><TABLEDATA><TR><TD>0.25</TD>'
    "<TD>-57.8</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
)
TABLES = (CSV, ECSV, VOTABLE)

SOURCES: tuple[dict[str, Any], ...] = (
    {"ra": 0.25, "dec": -57.8},
    {"ra": "0:01:00", "dec": "-57:48:00", "objid": "a"},
    {"positions": [{"ra": 0.25, "dec": -57.8, "objid": "x"}, {"ra": 1, "dec": -58, "xsize": 5}]},
    {"circle": [0.25, -57.8, 0.1]},
    {"circle": [[0.25, -57.8, 0.1], [1, -58, 0.05]]},
    {"pos": "CIRCLE 0.25 -57.8 0.1"},
    *({"positions": table} for table in TABLES),
)
OPTIONS: dict[str, tuple[Any, ...]] = {
    "size": (10, 5.5, "7"),
    "bands": ("90GHz", ["90GHz", "150GHz"], "95GHz,220GHz"),
    "filetype": ("filtered", ["passthrough", "coadd-subtracted"]),
    "date_start": ("2019-05-01", "2021-01-31"),
    "date_end": ("2022-12-31",),
    "coadd": ("yearly_winter_2020", ["a", "b"]),
    "projection": ("native", "TAN"),
    "pixel_scale": (0.25, 0.5, "1"),
    "order": ("bilinear", "nearest", "exact"),
    "products": ("fits", ["fits", "preview"], "lightcurve"),
    "pad": (True, False, "false"),
    "time": ("58849 58860", [58849, 58860], [None, 58860.5]),
    "runid": ("my job", "é"),
    "executionduration": (3600, "60", 0),
    "destruction": ("2030-01-31T12:00:00Z",),
    "phase": ("RUN",),
    "responseformat": ("votable",),
}
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
    *(name.upper() for name in OPTIONS), "RA", "DEC", "OBJID", "POSITIONS", "UPLOAD", "CIRCLE",
    "POS", "POLYGON", "ID", "BAND", "POL", "XSIZE", "YSIZE", "SINCE", "RETRY_OF", "SINCE_JOB",
    "STATUS", "REQUEST", "VERSION", "FORMAT", "CSRF", "TMIN", "WAIT", "é", "", " ", "a\0",
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
    document = dict(chance.choice(SOURCES))
    for name in chance.sample(sorted(OPTIONS), chance.randrange(4)):
        document[name] = chance.choice(OPTIONS[name])
    return document


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
        case _:
            document[name] = chance.choice(ODD)


def _encoded(chance: random.Random, document: dict[str, Any]) -> tuple[str, bytes]:
    """Write a document as JSON, as a form or as multipart."""
    if chance.random() < 0.4:
        return JSON_TYPE, json.dumps(document).encode()
    fields = [(name, _flat(value)) for name, value in document.items()]
    fields += chance.sample(fields, 1) if chance.random() < 0.05 else []
    if chance.random() < 0.5:
        return FORM, urlencode(fields, errors="replace").encode()
    return MULTIPART, _parts(chance, fields)


def _flat(value: Any) -> str:
    if isinstance(value, list) and value and not isinstance(value[0], dict | list):
        return " ".join("" if each is None else str(each) for each in value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return CSV
    return value if isinstance(value, str) else json.dumps(value)


def _parts(chance: random.Random, fields: list[tuple[str, str]]) -> bytes:
    made = b""
    for name, value in fields:
        file = '; filename="t"' if name.lower() == "positions" and chance.random() < 0.7 else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        made += f"{head}{value}\r\n".encode("utf-8", "replace")
    return made + f"--{BOUNDARY}--\r\n".encode()


def _spoilt(chance: random.Random, content_type: str, content: bytes) -> tuple[str, bytes]:
    at = chance.randrange(len(content) + 1)
    ways = (
        content[:at],
        content[:at] + noise(chance, 8) + content[at:],
        content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
        content * 2,
    )
    kind = chance.choice((content_type,) * 8 + (FORM, JSON_TYPE, MULTIPART, ""))
    return kind, chance.choice(ways)


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
        return _flat(chance.choice(ODD))
    letters = string.printable + "é星\0\u2028\N{FULLWIDTH DIGIT ONE}"
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, 30)))
