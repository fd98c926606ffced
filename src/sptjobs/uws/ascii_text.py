"""Texts where only printable ASCII may stand: cards and tables of FITS, names of files.

References
----------
FITS Standard 4.0, sections 4.2.1.1 (character strings) and 7.3.3.1 (character arrays).
"""

import re
import unicodedata

_NOT_PRINTABLE = re.compile("[^ -~]")
_MARKS = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u02b9\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u2033", '"'),
        "\u00df": "ss",
        "\u00f8": "o",
        "\u00d8": "O",
        "\u00e6": "ae",
        "\u00c6": "AE",
        "\u0142": "l",
        "\u0141": "L",
    }
)


def ascii_text(text: str) -> str:
    """Write a text with printable ASCII only, as near to it as that goes.

    Accents are dropped, a typeset minus becomes ``-``, Greek letters are spelt
    (``eta Car``), and what has no likeness is ``?``.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS))
    return _NOT_PRINTABLE.sub(_likeness, plain)


def _likeness(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.combining(character):
        return ""
    if character.isspace():
        return " "
    name = unicodedata.name(character, "")
    if name.startswith("GREEK ") and " LETTER " in name:
        word = name.rpartition(" LETTER ")[2].split(" ")[-1].lower()
        return word.capitalize() if "CAPITAL" in name else word
    return "?"
