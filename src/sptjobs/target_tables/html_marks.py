"""The tags and texts of an HTML page, in time that grows with its length whatever it holds.

References
----------
HTML Living Standard, section 13.2.5 "Tokenization". The parser of the standard library begins
anew at each tag that never ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from html import unescape

_TAG = re.compile(
    # A quote counts only where a value begins; nothing that was matched is given back.
    r"<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+>"
)
_BEGINS_TAG = re.compile("</?[a-zA-Z]")
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements in which nothing is a tag but their own end."""


class Mark(Enum):
    """What stands at a place of a page."""

    START = auto()
    END = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class MarkupPiece:
    """A tag by its name in lower case, or a text without its character references."""

    mark: Mark
    text: str


def pieces_of(page: str) -> Iterator[MarkupPiece]:
    """Divide a page; what follows a tag or a comment that never ends is part of that."""
    at = 0
    while at < len(page):
        begin = page.find("<", at)
        if begin != at:
            yield MarkupPiece(Mark.TEXT, unescape(page[at : begin if begin >= 0 else len(page)]))
        if begin < 0:
            return
        tag = _TAG.match(page, begin)
        if tag is not None:
            name = tag["name"].lower()
            yield MarkupPiece(Mark.END if tag["slash"] else Mark.START, name)
            at = tag.end()
            if name in _RAW and not tag["slash"]:
                at = _end_of_raw(page, name, at)
        elif _BEGINS_TAG.match(page, begin) is not None:
            return  # it never ends
        elif page.startswith(("<!", "</", "<?"), begin):
            at = _end_of_comment(page, begin)
        else:
            yield MarkupPiece(Mark.TEXT, "<")
            at = begin + 1


def _end_of_raw(page: str, name: str, at: int) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, at)
    return len(page) if found is None else found.start()


def _end_of_comment(page: str, begin: int) -> int:
    mark = "-->" if page.startswith("<!--", begin) else ">"
    end = page.find(mark, begin + 2)
    return len(page) if end < 0 else end + len(mark)
