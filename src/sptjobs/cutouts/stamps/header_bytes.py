"""FITS headers as bytes: cards, blocks and checksums.

References
----------
FITS Standard 4.0, sections 4.1 and 4.2 (cards), 4.4.2.7 and appendix J (checksums).
"""

from collections.abc import Iterable

import numpy as np
from astropy.io import fits

from sptjobs.uws.ascii_text import ascii_text

BLOCK = 2880
Value = str | float | int | bool

CARD = 80
"""Characters of a card."""

CardRow = tuple[str, Value, str]
"""Keyword, value and comment of a card."""

_PUNCTUATION = frozenset(b":;<=>?@[\\]^_`")


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
    tail = card("DATASUM", str(data_sum), "data unit checksum")
    blank = header_bytes(cards + card("CHECKSUM", "0" * 16, "HDU checksum") + tail)
    total = _fold(ones_complement_sum(blank) + data_sum)
    return header_bytes(cards + card("CHECKSUM", encoded(total), "HDU checksum") + tail) + data


def ones_complement_sum(data: bytes) -> int:
    """32-bit ones' complement sum of whole blocks; 0 for none."""
    return _fold(int(np.frombuffer(data, ">u4").sum(dtype=np.uint64)))


def _fold(total: int) -> int:
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def encoded(total: int) -> str:
    """ASCII form of the complement of a sum (FITS Standard 4.0, appendix J.2)."""
    text = bytearray(16)
    for byte in range(4):
        number = (~total >> (24 - 8 * byte)) & 0xFF
        quotient, remainder = divmod(number, 4)
        four = [quotient + remainder, quotient, quotient, quotient]
        four = [part + 0x30 for part in four]
        while _PUNCTUATION.intersection(four):
            for pair in (0, 2):
                if _PUNCTUATION.intersection(four[pair : pair + 2]):
                    four[pair] += 1
                    four[pair + 1] -= 1
        for place, part in enumerate(four):
            text[4 * place + byte] = part
    return bytes(text[-1:] + text[:-1]).decode("ascii")


def carried_card(image: str) -> str:
    """A source card as it stood, padded to whole cards."""
    return image + " " * (-len(image) % CARD)
