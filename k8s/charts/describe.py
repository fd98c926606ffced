"""Write a chart's README.md and values.schema.json out of its values.yaml.

The one source is values.yaml: the default gives a value's type, a comment that begins with
``# --`` says what it is for, and a line ``# @schema {…}`` replaces the schema that its default
would give it. A mapping is closed: what it does not list is refused.

Run as ``python k8s/charts/describe.py CHART``; with ``--check`` nothing is written, and the exit
code says whether both files are current.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TYPES = {bool: "boolean", int: "integer", str: "string", list: "array"}
_HEAD = """# {name}

{description}. How to install it:
[deployment](../../../docs/deployment.md); how to work with it as a developer:
[development](../../../docs/development.md).

This file and `values.schema.json` are made of the comments in `values.yaml` by `make chart-files`.

| value | meaning | default |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Value:
    """A value of the chart: its path, its default, and what its comments say."""

    path: tuple[str, ...]
    default: Any
    meaning: str
    schema: dict[str, Any] | None

    @property
    def is_closed(self) -> bool:
        """Whether it is a mapping whose keys are values of their own."""
        return isinstance(self.default, dict) and bool(self.default) and self.schema is None


def values_of(text: str) -> list[Value]:
    """Read the values of a values.yaml, in its order."""
    lines = text.splitlines()
    return list(_values(yaml.compose(text), yaml.safe_load(text), lines, ()))


def _values(
    node: yaml.Node, content: Any, lines: list[str], above: tuple[str, ...]
) -> Iterator[Value]:
    for key, below in node.value:
        path = (*above, key.value)
        default = content[key.value]
        value = Value(path, default, *_comments(lines, key.start_mark.line))
        yield value
        if value.is_closed:
            yield from _values(below, default, lines, path)


def _comments(lines: list[str], number: int) -> tuple[str, dict[str, Any] | None]:
    """Read the comment lines directly above a line: the meaning, and the schema."""
    block: list[str] = []
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
        block.insert(0, lines[number].strip())
    meaning = next((line[4:].strip() for line in block if line.startswith("# --")), "")
    schema = next((line[9:] for line in block if line.startswith("# @schema")), None)
    return meaning, None if schema is None else json.loads(schema)


def schema_of(values: list[Value]) -> dict[str, Any]:
    """Make a closed JSON schema (draft 7, which Helm reads)."""
    root: dict[str, Any] = _closed()
    # Helm hands these to every chart.
    root["properties"]["global"] = {"type": "object"}
    for value in values:
        place = root
        for name in value.path[:-1]:
            place = place["properties"][name]
        place["properties"][value.path[-1]] = _schema(value)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **root}


def _schema(value: Value) -> dict[str, Any]:
    if value.is_closed:
        return _closed()
    made = {"type": _TYPES.get(type(value.default), "object")} | (value.schema or {})
    return made | ({"description": value.meaning} if value.meaning else {})


def _closed() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def readme_of(chart: dict[str, Any], values: list[Value]) -> str:
    """Make the README: a table of all values."""
    return _HEAD.format(**chart) + "".join(map(_row, values))


def _row(value: Value) -> str:
    if value.is_closed and not value.meaning:
        return ""
    default = "" if value.is_closed else f"`{json.dumps(value.default)}`"
    return (
        f"| `{'.'.join(value.path)}` | {value.meaning.replace('|', chr(92) + '|')} | {default} |\n"
    )


def described(chart: Path) -> dict[Path, str]:
    """Make the content of both files."""
    values = values_of((chart / "values.yaml").read_text("utf-8"))
    about = yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))
    schema = json.dumps(schema_of(values), indent=2, ensure_ascii=False)
    return {
        chart / "README.md": re.sub(" +\n", "\n", readme_of(about, values)),
        chart / "values.schema.json": schema + "\n",
    }


def main() -> int:
    """Write both files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chart", type=Path)
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    old = [
        path
        for path, text in described(chosen.chart).items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in old:
        if chosen.check:
            print(f"{path} is not what values.yaml says: run `make chart-files`", file=sys.stderr)
        else:
            path.write_text(described(chosen.chart)[path], "utf-8")
    return 1 if chosen.check and old else 0


if __name__ == "__main__":
    sys.exit(main())
