"""The pages: the index of the reference, what a search finds in it, and its chapters."""

from collections.abc import Iterable, Sequence
from html import escape

from sptapi.representations.html import REFERENCE_PLACE, html_page
from sptapi.representations.reference.chapters import Chapter, Entry
from sptapi.representations.reference.schemas import Description, prose

MAX_SEARCH = 100
"""Maximum of characters of a search."""


def index_page(base: str, description: Description, written: Sequence[Chapter]) -> str:
    """Write the index; ``base`` is the service's public address.

    Its ids are those of the sections: addresses of the time when all of them stood on
    this page lead to where each of them stands now.
    """
    rows = "".join(
        f'<div id="{chapter.anchor}"><dt><a href="{_address(base, chapter)}">'
        f"{escape(chapter.title)}</a></dt><dd>{escape(chapter.lead)}</dd></div>"
        for chapter in written
    )
    every = "".join(
        f'<h3>{escape(chapter.title)}</h3><ul class="places-found">'
        + "".join(_item(base, chapter, entry, named=True) for entry in chapter.entries)
        + "</ul>"
        for chapter in written
    )
    content = (
        f'<p class="lead">{prose(description["info"]["summary"])} for scripts and for clients of '
        "the Virtual Observatory.</p>"
        f"<p>All addresses begin with <code>{escape(base)}</code>. Programs read the same as "
        f'<a href="{escape(base)}/openapi.json">OpenAPI 3.1</a>.</p>{_form(base, "")}'
        f'<h2>Chapters</h2><dl class="fields chapters">{rows}</dl><h2>All sections</h2>{every}'
    )
    return _page(base, "API reference", content, written)


def search_page(base: str, written: Sequence[Chapter], text: str) -> str:
    """Write where all words of a text stand, sections that have them in their title first."""
    words = text.lower().split()
    found = [
        (chapter, entry)
        for chapter in written
        for entry in chapter.entries
        if _has(words, f"{_head(entry)} {entry.words}")
    ]
    found.sort(key=lambda place: not _has(words, _head(place[1])))
    items = "".join(_item(base, *place, named=False, chaptered=True) for place in found)
    said = (
        f"{len(found)} section{'s' if len(found) > 1 else ''} with “{escape(text)}”:"
        if found
        else f"No section has “{escape(text)}”. Try fewer words, or a part of one."
    )
    listed = f'<ul class="places-found">{items}</ul>' if items else ""
    content = f'{_form(base, text)}<p role="status">{said}</p>{listed}'
    return _page(base, "Search the API reference", content, written)


def chapter_page(base: str, written: Sequence[Chapter], chapter: Chapter) -> str:
    """Write a chapter, with ways to the one before and the one behind it."""
    place = written.index(chapter)
    before, behind = written[place - 1 : place] if place else (), written[place + 1 : place + 2]
    ways = [
        f'<a class="button quiet" rel="{rel}" href="{_address(base, each)}">{word}: '
        f"{escape(each.title)}</a>"
        for rel, word, found in (("prev", "Previous", before), ("next", "Next", behind))
        for each in found
    ]
    sections = "".join(entry.content for entry in chapter.entries)
    content = (
        f'<p class="lead">{escape(chapter.lead)}</p>{sections}'
        f'<nav class="ways" aria-label="Previous and next chapter">{"".join(ways)}</nav>'
    )
    return _page(base, chapter.title, content, written, chapter)


def _page(
    base: str, title: str, content: str, written: Sequence[Chapter], here: Chapter | None = None
) -> str:
    body = f"{_contents(base, written, here)}<div><h1>{escape(title)}</h1>{content}</div>"
    named = f"API reference: {title}" if here else title
    return html_page(base, named, body, kind="reference", headed=True, place=REFERENCE_PLACE)


def _contents(base: str, written: Sequence[Chapter], here: Chapter | None) -> str:
    """List the chapters, and of the one that is shown its sections."""
    shown = ' aria-current="page"'
    rows = "".join(
        f'<li><a href="{_address(base, chapter)}"'
        f"{shown if chapter is here else ''}>{escape(chapter.title)}</a>"
        f"{_sections(chapter.entries) if chapter is here else ''}</li>"
        for chapter in written
    )
    start = f'<li><a href="{escape(base)}/docs"{"" if here else shown}>Contents and search</a></li>'
    return f'<nav class="contents" aria-label="API reference"><ul>{start}{rows}</ul></nav>'


def _sections(entries: Iterable[Entry]) -> str:
    rows = "".join(f'<li><a href="#{entry.anchor}">{_name(entry)}</a></li>' for entry in entries)
    return f"<ul>{rows}</ul>"


def _form(base: str, text: str) -> str:
    return (
        f'<form class="look" role="search" method="get" action="{escape(base)}/docs">'
        '<label class="field">Search operations, parameters and schemas'
        f'<input type="search" name="q" value="{escape(text)}" required '
        f'maxlength="{MAX_SEARCH}" autocomplete="off" spellcheck="false"></label>'
        "<button>Search</button></form>"
    )


def _item(
    base: str, chapter: Chapter, entry: Entry, *, named: bool, chaptered: bool = False
) -> str:
    """Lead to a section; ``named``: the item has the section's own id."""
    name = f' id="{entry.anchor}"' if named else ""
    place = f' <span class="kind">{escape(chapter.title)}</span>' if chaptered else ""
    return (
        f'<li{name}><a href="{_address(base, chapter)}#{entry.anchor}">{_name(entry)}</a>'
        f"{place}</li>"
    )


def _name(entry: Entry) -> str:
    method = f'<span class="method">{entry.method}</span> ' if entry.method else ""
    return f"{method}<span>{prose(entry.title)}</span>"


def _head(entry: Entry) -> str:
    return f"{entry.title} {entry.anchor} {entry.method} {entry.path}".lower()


def _has(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)


def _address(base: str, chapter: Chapter) -> str:
    return f"{escape(base)}/docs/{chapter.name}"
