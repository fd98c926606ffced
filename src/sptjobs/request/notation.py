"""The notations of papers, web pages and LaTeX for coordinates, as plain characters.

Only marks are changed that can mean one thing: a typeset minus or dash before a
number, primes, superscript units, digits of full width, a unit in front of the
decimal point.
"""

import re

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_MARKS = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys("\u2018\u2019\u02b9\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u02ba\u2033", '"'),
        **dict.fromkeys("\u00ba\u02da\u1d52\u2218", "\u00b0"),
        "\u02b0": "h",
        "\u1d50": "m",
        "\u02e2": "s",
        "\u1d48": "d",
        "\uff0b": "+",
        "\uff0e": ".",
        "\uff1a": ":",
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
"""Marks without width that web pages leave in what is copied from them."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LATEX = (
    (re.compile(r"\^?\{?\\circ\}?|\\degr?(?![A-Za-z])"), "\u00b0"),
    (re.compile(r"\^?\{?\\prime ?\\prime\}?|\\arcsec(?![A-Za-z])"), '"'),
    (re.compile(r"\^?\{?\\prime\}?|\\arcmin(?![A-Za-z])"), "'"),
    (re.compile(r"\\f(?:arcs|arcm|degr|dg|[hms])(?![A-Za-z])"), "."),
    (re.compile(r"\\([hmsd])(?![A-Za-z])"), r"\1"),
    (re.compile(r"\\(?:rm|mathrm|text|hbox|[,;:! ])|[${}^]"), ""),
    (re.compile("~"), " "),
)
_WORDS = re.compile(r"(?<=[0-9.]) ?deg(?:ree)?s?(?![a-z])", re.IGNORECASE)
_BEFORE_POINT = re.compile("(?<=[0-9])([hmsd\u00b0'\"])\\.([0-9]{1,20})(?![0-9])", re.IGNORECASE)


def plain_dashes(text: str) -> str:
    """The text with ASCII's minus for every typeset one, character by character."""
    return text.translate(_MARKS)


def plain_notation(text: str) -> str:
    """Write a coordinate with plain marks and single blanks."""
    if text.isascii() and not any(mark in text for mark in "\\$^~{'.g"):
        return " ".join(text.split())
    plain = " ".join(_INVISIBLE.sub("", text).split()).translate(_MARKS)
    if any(mark in plain for mark in "\\$^~{"):
        for pattern, mark in _LATEX:
            plain = pattern.sub(mark, plain)
        plain = " ".join(plain.split())
    plain = _WORDS.sub("\u00b0", plain.replace("''", '"'))
    return _BEFORE_POINT.sub(r".\2\1", plain)
