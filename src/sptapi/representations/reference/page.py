"""The page: contents, what beginners need, every operation by its tag, every schema."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from sptapi.representations.html import html_page
from sptapi.representations.reference.guide import guide
from sptapi.representations.reference.operations import operation_section
from sptapi.representations.reference.schemas import (
    Description,
    Schema,
    field_list,
    kind,
    limits,
    prose,
)

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_BEGIN: Final = (
    ("first-steps", "First steps"),
    ("tokens", "Tokens and scopes"),
    ("forms", "Forms of requests and responses"),
    ("errors", "Errors"),
)

Operation = tuple[str, str, Schema]
"""Method, path, and what the description says of them."""


def reference_page(base: str, description: Description, *, can_sign_in: bool) -> str:
    """Write the reference; ``base`` is the service's public address."""
    groups = _groups(description)
    parts = "".join(
        _group(description, base, tag, operations) for tag, operations in groups.items()
    )
    schemas: Mapping[str, Any] = description["components"]["schemas"]
    content = (
        f"{_contents(description, groups, schemas)}<div><h1>API reference</h1>"
        f'<p class="lead">{prose(description["info"]["summary"])} for scripts and for clients of '
        "the Virtual Observatory.</p>"
        f"<p>All addresses begin with <code>{escape(base)}</code>. Programs read the same as "
        f'<a href="{escape(base)}/openapi.json">OpenAPI 3.1</a>.</p>'
        f"{guide(base, can_sign_in=can_sign_in)}{parts}{_schemas(description, schemas)}</div>"
    )
    return html_page(base, "API reference", content, kind="reference", headed=True)


def _groups(description: Description) -> dict[str, list[Operation]]:
    """Sort the operations into tags; within them, those for programs stand first."""
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in description["tags"]}
    for path in sorted(description["paths"], key=lambda path: (path.startswith("/account"), path)):
        operations = description["paths"][path]
        for method in sorted(operations, key=_METHODS.index):
            groups[operations[method]["tags"][0]].append((method, path, operations[method]))
    return groups


def _contents(
    description: Description, groups: Mapping[str, list[Operation]], schemas: Mapping[str, Any]
) -> str:
    begin = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _BEGIN)
    middle = "".join(
        f'<li><a href="#{_anchor(tag)}">{escape(_title(description, tag))}</a><ul>'
        + "".join(
            f'<li><a href="#{escape(each["operationId"])}">'
            f'<span class="method">{method.upper()}</span><span>{prose(each["summary"])}</span>'
            "</a></li>"
            for method, _, each in operations
        )
        + "</ul></li>"
        for tag, operations in groups.items()
    )
    names = "".join(f'<li><a href="#schema-{name}">{name}</a></li>' for name in sorted(schemas))
    return (
        f'<nav class="contents" aria-label="Contents"><ul>{begin}{middle}'
        f'<li><a href="#schemas">Schemas</a><ul>{names}</ul></li></ul></nav>'
    )


def _group(description: Description, base: str, tag: str, operations: list[Operation]) -> str:
    sections = "".join(operation_section(description, base, *each) for each in operations)
    return (
        f'<section class="part" id="{_anchor(tag)}"><h2>{escape(_title(description, tag))}</h2>'
        f"{sections}</section>"
    )


def _schemas(description: Description, schemas: Mapping[str, Any]) -> str:
    sections = "".join(
        f'<section class="schema" id="schema-{name}"><h3><a href="#schema-{name}">{name}</a></h3>'
        f"{_description(schema)}{field_list(description, schema, sent=False)}</section>"
        for name, schema in sorted(schemas.items())
    )
    return f'<section class="part" id="schemas"><h2>Schemas</h2>{sections}</section>'


def _description(schema: Schema) -> str:
    """Say what a schema is for, and of what it consists where it has no fields."""
    paragraphs = [prose(schema["description"])] if "description" in schema else []
    if "properties" not in schema and "allOf" not in schema:
        words = kind(schema)
        paragraphs.append(f"{words[:1].upper()}{words[1:]}. {limits(schema)}")
    return "".join(f"<p>{each}</p>" for each in paragraphs)


def _title(description: Description, tag: str) -> str:
    titles: dict[str, str] = {each["name"]: each["description"] for each in description["tags"]}
    return titles[tag]


def _anchor(tag: str) -> str:
    return "tag-" + tag.replace(" ", "-")
