"""Schemas of the description (JSON Schema) as lists of fields in words."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

Schema = Mapping[str, Any]
Description = Mapping[str, Any]

_FORMATS: Final = {
    "binary": "file",
    "date": "date, YYYY-MM-DD",
    "date-time": "date and time (UTC)",
    "uri": "address",
}
_LIMITS: Final = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} entries"),
    ("maxItems", "at most {} entries"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object.

    Attributes
    ----------
    path
        Leads to it through inner objects and lists.
    required
        None where the object does not say which of its fields are.
    """

    path: str
    schema: Schema
    required: bool | None


def resolved(description: Description, item: Schema) -> Schema:
    """Follow a reference to what it stands for."""
    if "$ref" not in item:
        return item
    found: Any = description
    for key in item["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return resolved(description, found)


def fields(description: Description, schema: Schema, path: str = "") -> Iterator[Field]:
    """Give the fields of an object, and those of the objects within it that have no name."""
    required = schema.get("required")
    for name, each in schema.get("properties", {}).items():
        yield Field(path + name, each, None if required is None else name in required)
        yield from _inner(description, each, path + name)
    for part in schema.get("allOf", ()):
        yield from fields(description, resolved(description, part), path)


def field_list(description: Description, schema: Schema, *, sent: bool) -> str:
    """Write the fields of an object; nothing for what is none.

    Parameters
    ----------
    sent
        Whether clients send it: they must know which fields they need, others which
        they cannot count on.
    """
    needs: dict[bool | None, str] = {True: "required"} if sent else {False: "not always there"}
    entries = "".join(
        entry(field.path, field.schema, needs.get(field.required, ""))
        for field in fields(description, schema)
    )
    return f'<dl class="fields">{entries}</dl>' if entries else ""


def entry(name: str, schema: Schema, *notes: str, meaning: str | None = None) -> str:
    """Write what a field or parameter is.

    Parameters
    ----------
    notes
        What else is to be said of it beside its type.
    meaning
        What it means, where the schema does not say so.
    """
    said = meaning if meaning is not None else schema.get("description", "")
    noted = ", ".join(note for note in (kind(schema), *notes) if note)
    return (
        f'<div><dt><code>{escape(name)}</code> <span class="kind">{noted}</span></dt>'
        f"<dd>{_sentence(prose(said))} {limits(schema)}</dd></div>"
    )


def kind(schema: Schema) -> str:
    """Say in words of what type a value is, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(kind(each) for each in schema[key]))
    if "const" in schema:
        return f"always <code>{escape(str(schema['const']))}</code>"
    types = schema.get("type", "string" if "enum" in schema else "object")
    names = [types] if isinstance(types, str) else list(types)
    return " or ".join(_type(name, schema) for name in names)


def limits(schema: Schema) -> str:
    """Say which values are allowed, which one is meant when none is sent, and give one."""
    said = []
    choices = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    if any(choices):
        listed = ", ".join(f"<code>{escape(str(choice))}</code>" for choice in choices)
        said.append(f"One of {listed}.")
    bounds = [text.format(f"{schema[key]:,}") for key, text in _LIMITS if key in schema]
    if bounds:
        said.append(f"{', '.join(bounds).capitalize()}.")
    for key, text in (("default", "Default"), ("example", "Example")):
        if key in schema:
            said.append(f"{text} <code>{escape(_value(schema[key]))}</code>.")
    return " ".join(said)


def prose(text: str) -> str:
    """Write a description: what stands in backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _inner(description: Description, schema: Schema, path: str) -> Iterator[Field]:
    if "properties" in schema or "allOf" in schema:
        yield from fields(description, schema, f"{path}.")
    if "items" in schema:
        yield from _inner(description, schema["items"], f"{path}[]")
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _inner(description, each, path)


def _type(name: str, schema: Schema) -> str:
    if name == "array":
        return f"list of {kind(schema['items'])}" if schema.get("items") else "list"
    if name == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {kind(schema['additionalProperties'])}"
    if name == "string":
        return _FORMATS.get(schema.get("format", ""), "string")
    return name


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sentence(text: str) -> str:
    """End with a full stop, so that more can be said behind it."""
    return text if not text or text.endswith((".", ":", ";")) else f"{text}."
