"""Rows of tables in LaTeX, one a line, however a paper breaks its lines."""

import re
from collections.abc import Iterator

_BEGIN = re.compile(r"\\begin\s*\{(tabular[*xy]?|longtable|array|supertabular|xtabular)\*?\}")
_END = re.compile(r"\\end\s*\{")
_COMMENT = re.compile(r"(?<!\\)%.*")
_ROW_END = re.compile(r"\\\\\*?(?:\s*\[[^\]\n]{0,20}\])?|\\tabularnewline(?![a-z])")
_BETWEEN = re.compile(
    r"\\(?:hline|tableline|toprule|midrule|bottomrule|addlinespace|endfirsthead|endhead|endfoot|"
    r"endlastfoot|noalign\{[^{}]*\}|c(?:midrule|line)(?:\([^()]*\))?\{[^{}]*\}|"
    r"rule\{[^{}]*\}\{[^{}]*\})"
)
_ARGUMENTS = 3
"""Of an environment before its rows: position, width, columns."""


def rows_of_lines(text: str) -> list[str]:
    """Write the first table of a text as ``tabular``, each row on one line.

    A row that repeats the titles, as on every page of a ``longtable``, is left out. A text
    without such a table is given as it is.
    """
    plain = "\n".join(_COMMENT.sub("", line) for line in text.splitlines())
    begin = _BEGIN.search(plain)
    if begin is None:
        return text.splitlines()
    start = _behind_arguments(plain, begin.end())
    end = _END.search(plain, start)
    rows = list(_rows(plain[start : end.start() if end is not None else len(plain)]))
    kept = [row for number, row in enumerate(rows) if not number or row != rows[0]]
    return ["\\begin{tabular}{c}", *(f"{row} \\\\" for row in kept), "\\end{tabular}"]


def _rows(body: str) -> Iterator[str]:
    for row in _ROW_END.split(_BETWEEN.sub(" ", body)):
        if plain := " ".join(row.split()):
            yield plain


def _behind_arguments(text: str, place: int) -> int:
    """Where the arguments end that follow the name of an environment."""
    for _ in range(_ARGUMENTS):
        rest = re.compile(r"\s*([\[{])").match(text, place)
        if rest is None:
            return place
        closed = _closed(text, rest.end(), *("[]" if rest[1] == "[" else "{}"))
        if closed is None:
            return place
        place = closed
    return place


def _closed(text: str, place: int, opening: str, closing: str) -> int | None:
    """Behind the bracket that closes the one before a place; None where there is none near."""
    depth = 1
    for at in range(place, min(place + 500, len(text))):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at + 1
    return None
