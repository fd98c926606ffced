"""Queries of whatever the description says takes parameters: wild ones, and nearly valid ones.

Operations, names and values are those of ``openapi.json``: what is added there is tried here.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from tests.fuzz.bodies import ODD, VALUES

LEFT_OUT = ("/account/", "/api/v1/cutout/sync")
"""The first are a browser's; the second waits for a worker, and reads what bodies have."""


PLAIN = ("1", "a", "")
"""Of what the description gives no example."""


@dataclass(frozen=True)
class Operation:
    """What a query is sent to.

    Attributes
    ----------
    values
        Texts that its parameters are for, by their names.
    responses
        Media types of the responses that are described, by status.
    """

    method: str
    path: str
    values: Mapping[str, tuple[str, ...]]
    responses: Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Query:
    """What is sent where."""

    operation: Operation
    fields: tuple[tuple[str, str], ...]


def _values(declared: Mapping[str, Any]) -> tuple[str, ...]:
    """Texts that a parameter is for: its example, what it lists, and what a request has there."""
    schema = declared["schema"]
    example = declared.get("example", ())
    given = list(example) if isinstance(example, list | tuple) else [example]
    given += schema.get("enum", []) + schema.get("items", {}).get("enum", [])
    given += [each for each in VALUES.get(declared["name"].upper(), ()) if isinstance(each, str)]
    return tuple(map(str, given)) or PLAIN


def operations() -> tuple[Operation, ...]:
    """All operations that take parameters of a query, by POST too where that takes the same."""
    description = json.loads(files("sptapi").joinpath("openapi.json").read_text("utf-8"))
    shared = description["components"]["parameters"]
    found = []
    for path, methods in description["paths"].items():
        declared = [
            shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in methods.get("get", {}).get("parameters", ())
        ]
        values = {each["name"]: _values(each) for each in declared if each.get("in") == "query"}
        if values and not path.startswith(LEFT_OUT):
            taken = [method for method in ("get", "post") if method in methods]
            found += [
                Operation(method.upper(), path, values, _responses(description, methods[method]))
                for method in taken
            ]
    return tuple(found)


def _responses(description: Any, operation: Any) -> dict[int, frozenset[str]]:
    shared = description["components"]["responses"]
    return {
        int(status): frozenset(
            (shared[given["$ref"].rpartition("/")[2]] if "$ref" in given else given).get(
                "content", ()
            )
        )
        for status, given in operation["responses"].items()
    }


OPERATIONS = operations()
NAMES = sorted({name for each in OPERATIONS for name in each.values})


def wild(chance: random.Random) -> Query:
    """Make a query of any names and values."""
    names = [chance.choice(NAMES) for _ in range(chance.randrange(1, 6))]
    return Query(chance.choice(OPERATIONS), tuple((name, _odd(chance)) for name in names))


def nearly_valid(chance: random.Random) -> Query:
    """Make a query that is right, or has one thing that is not."""
    operation = chance.choice(OPERATIONS)
    names = chance.sample(sorted(operation.values), min(len(operation.values), 3))
    fields = [(name, chance.choice(operation.values[name])) for name in names]
    at = chance.randrange(len(fields))
    match chance.randrange(6):
        case 0:
            fields[at] = (fields[at][0], _odd(chance))
        case 1:
            fields[at] = (chance.choice(NAMES), fields[at][1])
        case 2:
            fields *= chance.choice((2, 50))
        case 3:
            text = fields[at][1]
            place = chance.randrange(len(text) + 1)
            fields[at] = (fields[at][0], text[:place] + _odd(chance)[:3] + text[place + 1 :])
    return Query(operation, tuple(fields))


def _odd(chance: random.Random) -> str:
    odd = chance.choice(ODD)
    return odd if isinstance(odd, str) else json.dumps(odd)
