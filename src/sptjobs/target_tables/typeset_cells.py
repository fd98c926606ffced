"""Cells of tables in LaTeX, left with what they say: numbers, units and names."""

import re
from collections.abc import Iterable, Iterator

_MARKUP = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Units as astropy writes them.
        (r"\$\\mathrm\{\{\}\^\{\\circ\}\}\$", "deg"),
        (r"\$\\mathrm\{\{\}\^\{h\}\}\$", "h"),
        (r"\$\\mathrm\{([a-z]{1,20})\}\$", r"\1"),
        # Rules, blanks and notes.
        (r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\})", ""),
        (r"\\(?:phn|phs|phd|phm\{[^{}]*\}|tablenotemark\{[^{}]*\}|nodata)", ""),
        (r"\\(?:[,;!:]|quad|qquad)|~", " "),
        (r"\\(?:colhead|text(?:bf|it|rm)?|mathrm|rm|mbox)\s*\{([^{}]*)\}", r"\1"),
        (r"\\multicolumn\{1\}\{[^{}]*\}\s*\{([^{}]*)\}", r"\1"),
        # Marks of sexagesimal numbers.
        (r"\\f(?:arcs|arcm|dg|s|m|h)(?=[0-9])", "."),
        (r"\\arcsec|\^\{?\\prime\\prime\}?", '"'),
        (r"\\arcmin|\^\{?\\prime\}?", "'"),
        (r"\^\{?\\circ\}?|\\(?:degr|degree|arcdeg|deg)(?![a-z])|\\circ", "d"),
        (r"\^\{?(?:\\(?:rm|mathrm)\s*)?\{?([hms])\}{0,2}", r"\1"),
        # What is left of mathematics.
        (r"\$", ""),
        (r"\{([^{}]*)\}", r"\1"),
        (r"(?<![-0-9])--(?=[0-9])", "-"),
    )
)  # fmt: skip
_TABLEHEAD = re.compile(r"\\tablehead\s*+\{")
_STARTDATA, _ENDDATA = "\\startdata", "\\enddata"
_LONGEST = 20_000


def without_markup(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines of a table with the markup of their cells taken away."""
    for line in lines:
        if "&" not in line or len(line) > _LONGEST:
            yield line
            continue
        plain = line
        for pattern, replacement in _MARKUP:
            plain = pattern.sub(replacement, plain)
        yield plain


def deluxe_as_tabular(text: str) -> str:
    """Write a ``deluxetable`` as ``tabular``, its titles and units as its first lines."""
    found = _TABLEHEAD.search(text)
    start = -1 if found is None else text.find(_STARTDATA, found.end())
    end = text.find(_ENDDATA, start)
    if found is None or min(start, end) < 0:
        return text
    titles, brace, after = text[found.end() : start].rpartition("}")
    if not brace or after.strip():
        return text
    head = re.sub(r"\s+", " ", titles).strip()
    return (
        "\\begin{tabular}{c}\n"
        + "\\\\\n".join(line.strip() for line in head.split("\\\\") if line.strip())
        + "\\\\\n"
        + text[start + len(_STARTDATA) : end].strip()
        + "\n\\end{tabular}\n"
    )
