"""FITS headers as bytes: cards and blocks.

References
----------
FITS Standard 4.0, sections 4.1 and 4.2 (cards), 4.4.2.7 (checksums).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from astropy.io import fits

from sptjobs.cutouts.stamps.checksums import encoded, ones_complement_sum, with_carries
from sptjobs.uws.ascii_text import ascii_text

BLOCK = 2880
Value = str | float | int | bool

CARD = 80
"""Characters of a card."""

CardRow = tuple[str, Value, str]
"""Keyword, value and comment of a card."""


def card(keyword: str, value: Value, comment: str = "") -> str:
    """One card of 80 characters, or several when a text is long."""
    if isinstance(value, str):
        value = ascii_text(value)
        quoted = "'" + value.replace("'", "''").ljust(8) + "'"
        text = quoted.ljust(20)
        if len(quoted) > CARD - 10:
            return str(fits.Card(keyword, value, comment).image)
    elif isinstance(value, bool):
        text = ("T" if value else "F").rjust(20)
    else:
        text = _number(value).rjust(20)
    line = f"{keyword:<8}= {text}"
    if comment and len(line) + 3 + len(comment) <= CARD:
        line = f"{line} / {comment}"
    return line.ljust(CARD)


def cards(rows: Iterable[CardRow]) -> str:
    """Cards in a row."""
    return "".join(card(*row) for row in rows)


def commentary_cards(keyword: str, text: str) -> str:
    """A remark, such as a line of HISTORY, on as many cards as it takes."""
    width = CARD - 8
    pieces = [text[at : at + width] for at in range(0, len(text), width)]
    return "".join(f"{keyword:<8}{piece}".ljust(CARD) for piece in pieces)


def _number(value: float) -> str:
    text = repr(value).upper()
    if "E" in text and "." not in text:
        text = text.replace("E", ".0E")
    return text


def header_bytes(cards: str) -> bytes:
    """Cards, END and blanks up to a whole block."""
    text = cards + "END".ljust(CARD)
    return (text + " " * (-len(text) % BLOCK)).encode("ascii")


def hdu_bytes(cards: str, data: bytes = b"") -> bytes:
    """A whole HDU with CHECKSUM and DATASUM.

    Parameters
    ----------
    cards
        Its header but for these two cards and END.
    data
        Big-endian pixels, not yet padded.
    """
    data += bytes(-len(data) % BLOCK)
    data_sum = ones_complement_sum(data)
    tail = datasum_card(data_sum)
    blank = header_bytes(cards + checksum_card("0" * 16) + tail)
    total = with_carries(np.array([ones_complement_sum(blank) + data_sum], np.uint64))
    signature = encoded(total).tobytes().decode("ascii")
    return header_bytes(cards + checksum_card(signature) + tail) + data


def checksum_card(signature: str) -> str:
    """The card of an HDU's checksum."""
    return card("CHECKSUM", signature, "HDU checksum")


def datasum_card(data_sum: int) -> str:
    """The card of the sum of an HDU's data, of at most ten digits."""
    return _DATASUM % f"'{data_sum:<8}'"


def carried_card(image: str) -> str:
    """A source card as it stood, padded to whole cards."""
    return image + " " * (-len(image) % CARD)


class NumberCard:
    """A card whose number changes from stamp to stamp, written as ``card`` writes it.

    Parameters
    ----------
    keyword, comment
        What stays.

    Attributes
    ----------
    blank, place
        The card with blanks where its number stands at the right.
    """

    def __init__(self, keyword: str, comment: str = "") -> None:
        self._keyword, self._comment = keyword, comment
        line = card(keyword, 0, comment)
        self._head, self._tail = line[:10], line[30:]
        self.place = slice(10, 30)
        self.blank = f"{self._head}{'':20}{self._tail}"

    def __call__(self, value: float) -> str:
        """The card with a number."""
        text = repr(value)
        if not self.takes([text]):
            return card(self._keyword, value, self._comment)
        return f"{self._head}{text:>20}{self._tail}"

    @staticmethod
    def takes(texts: Sequence[str]) -> bool:
        """Whether numbers, as Python writes them, stand as they are on the card."""
        return max(map(len, texts)) <= 20 and "e" not in "".join(texts)


class TextCard:
    """A card whose text changes from stamp to stamp, written as ``card`` writes it.

    Parameters
    ----------
    keyword, comment
        What stays.

    Attributes
    ----------
    blank, place
        The card with blanks where its text stands at the left, with the quote behind.
    """

    def __init__(self, keyword: str, comment: str) -> None:
        self._keyword, self._comment = keyword, comment
        line = card(keyword, "", comment)
        self._head, self._tail = line[:11], line[30:]
        self.place = slice(11, 30)
        self.blank = f"{self._head}{'':19}{self._tail}"

    def __call__(self, value: str) -> str:
        """The card with a text."""
        if not self.takes([value]):
            return card(self._keyword, value, self._comment)
        quoted = f"{value:<8}'"
        return f"{self._head}{quoted:<19}{self._tail}"

    @staticmethod
    def takes(values: Sequence[str]) -> bool:
        """Whether texts stand as they are on the card."""
        joined = "".join(values)
        fits = max(map(len, values)) <= 18
        return fits and "'" not in joined and joined.isascii() and joined.isprintable()


_DATASUM = card("DATASUM", 0, "data unit checksum").replace(" " * 19 + "0", "%-20s")
"""The card with a place for the quoted sum."""
