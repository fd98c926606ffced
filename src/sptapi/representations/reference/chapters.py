"""The chapters of the reference: the first steps, a chapter for each tag, and the schemas."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape, unescape
from types import MappingProxyType
from typing import Final

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
_LEADS: Final = MappingProxyType(
    {
        "jobs": "Make, run, follow, share and delete jobs, cut out at once, keep presets.",
        "files": "Download what jobs made: single stamps, selections, tables.",
        "archive": "Find maps, read their pixels and coverage, show them in VO clients.",
        "account": "Who you are here, tokens, sessions, messages, and asking for access.",
        "service": "This description, whether the service is up, what it can do.",
        "web app": "What a browser loads.",
        "operations": "Jobs of all users, queues, workers and requests for access.",
    }
)
"""What a tag's chapter is about."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A section of a chapter: a part of the first steps, an operation or a schema.

    Attributes
    ----------
    anchor
        Id of the section in its chapter.
    title
        As the description has it: what stands in backticks is code.
    content
        HTML of the section.
    words
        Its text without HTML and the service's address, in lower case, on one line.
    method, path
        Of an operation, else empty.
    """

    anchor: str
    title: str
    content: str
    method: str = ""
    path: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page of the reference.

    Attributes
    ----------
    name
        Last segment of its address.
    anchor
        Id that it had when the whole reference was one page.
    """

    name: str
    anchor: str
    title: str
    lead: str
    entries: tuple[Entry, ...]


def chapters(base: str, description: Description, *, can_sign_in: bool) -> tuple[Chapter, ...]:
    """Write all chapters; ``base`` is the service's public address."""
    begin = tuple(Entry(*each) for each in guide(base, can_sign_in=can_sign_in))
    lead = "From a token to stamps on your disk; scopes of tokens, forms, errors."
    return _with_links_between(
        base,
        (
            Chapter("start", "start", "Getting started", lead, begin),
            *_of_tags(base, description),
            Chapter(
                "schemas", "schemas", "Schemas", "The fields of every document, by its name.",
                tuple(_schemas(description)),
            ),
        ),
    )  # fmt: skip


def _of_tags(base: str, description: Description) -> Iterable[Chapter]:
    """Sort the operations by their tags; within them, those for programs stand first."""
    groups: dict[str, list[Entry]] = {tag["name"]: [] for tag in description["tags"]}
    for path in sorted(description["paths"], key=lambda path: (path.startswith("/account"), path)):
        operations = description["paths"][path]
        for method in sorted(operations, key=_METHODS.index):
            operation = operations[method]
            section = operation_section(description, base, method, path, operation)
            entry = Entry(
                operation["operationId"], operation["summary"], section, method.upper(), path
            )
            groups[operation["tags"][0]].append(entry)
    titles: dict[str, str] = {each["name"]: each["description"] for each in description["tags"]}
    for tag, entries in groups.items():
        name = tag.replace(" ", "-")
        yield Chapter(name, f"tag-{name}", titles[tag], _LEADS[tag], tuple(entries))


def _schemas(description: Description) -> Iterable[Entry]:
    for name, schema in sorted(description["components"]["schemas"].items()):
        anchor = f"schema-{name}"
        section = (
            f'<section class="schema" id="{anchor}"><h2><a href="#{anchor}">{name}</a></h2>'
            f"{_description(schema)}{field_list(description, schema, sent=False)}</section>"
        )
        yield Entry(anchor, name, section)


def _description(schema: Schema) -> str:
    """Say what a schema is for, and of what it consists where it has no fields."""
    paragraphs = [prose(schema["description"])] if "description" in schema else []
    if "properties" not in schema and "allOf" not in schema:
        words = kind(schema)
        paragraphs.append(f"{words[:1].upper()}{words[1:]}. {limits(schema)}")
    return "".join(f"<p>{each}</p>" for each in paragraphs)


def _with_links_between(base: str, written: tuple[Chapter, ...]) -> tuple[Chapter, ...]:
    """Lead links to sections that stand in another chapter to that chapter.

    Sections are written as if all of them stood on one page.
    """
    places = {entry.anchor: chapter.name for chapter in written for entry in chapter.entries}

    def lead(chapter: Chapter, link: re.Match[str]) -> str:
        place = places[link[1]]
        page = "" if place == chapter.name else f"{escape(base)}/docs/{place}"
        return f'href="{page}#{link[1]}"'

    def led(chapter: Chapter, entry: Entry) -> Entry:
        content = re.sub(r'href="#([^"]+)"', lambda link: lead(chapter, link), entry.content)
        return replace(entry, content=content, words=_words(base, content))

    return tuple(
        replace(chapter, entries=tuple(led(chapter, entry) for entry in chapter.entries))
        for chapter in written
    )


def _words(base: str, content: str) -> str:
    text = re.sub(r"<[^>]+>", " ", content.replace(escape(base), ""))
    return " ".join(unescape(text).lower().split())
