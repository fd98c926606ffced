"""Several FITS files of stamps as one, numbered by EXTVER.

References
----------
FITS standard 4.0, sections 4.4.1 (mandatory keywords), 4.4.2.6 (EXTNAME, EXTVER), 7.1
(image extensions) and appendix J (checksums).
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sptapi.services.fits_headers import CardValue, data_bytes, header_at

_CARD, _BLOCK = 80, 2880
_PUNCTUATION = frozenset(b":;<=>?@[\\]^_`")
_AXIS = re.compile(rb"NAXIS[0-9]+ *$")
_NONE = "0" * 16


@dataclass(frozen=True, slots=True)
class _Hdu:
    """Cards of 80 bytes without END, their values by keyword, and the data."""

    cards: tuple[bytes, ...]
    values: dict[str, CardValue]
    data: bytes


def as_one_file(files: Sequence[bytes]) -> bytes:
    """Join files: the first HDU stays the primary one, EXTVER is the number of the file.

    Checksums are made anew; those of the data stay. A file alone is left as it is.

    Raises
    ------
    UnavailableError
        One is no FITS file.
    """
    if len(files) == 1:
        return files[0]
    return b"".join(
        piece for version, file in enumerate(files, start=1) for piece in _versioned(file, version)
    )


def _versioned(file: bytes, version: int) -> Iterator[bytes]:
    for number, hdu in enumerate(_hdus(file)):
        is_new = number == 0 and version > 1
        cards = list(_extension_cards(hdu.cards)) if is_new else list(hdu.cards)
        yield _header(list(_with_version(cards, version)), hdu.values.get("DATASUM"))
        yield hdu.data


def _hdus(file: bytes) -> Iterator[_Hdu]:
    at = 0
    while at < len(file):
        cards, end = header_at(lambda start, count: file[start : start + count], at, len(file))
        values = {keyword: value for keyword, value, _ in cards}
        head = file[at:end]
        texts = [head[place : place + _CARD] for place in range(0, len(head), _CARD)]
        size = data_bytes(values)
        yield _Hdu(tuple(texts[: texts.index(b"END".ljust(_CARD))]), values, file[end : end + size])
        at = end + size


def _extension_cards(cards: Iterable[bytes]) -> Iterator[bytes]:
    """A primary header as that of an image extension."""
    counts = (_number("PCOUNT", 0), _number("GCOUNT", 1))
    begun = placed = False
    for card in cards:
        if not begun:
            begun = True
            yield b"XTENSION= 'IMAGE   '           / image extension".ljust(_CARD)
            continue
        # They follow the axes, whatever comes next.
        is_structure = card[:6] in {b"BITPIX", b"NAXIS "} or _AXIS.match(card[:8])
        if not placed and not is_structure:
            placed = True
            yield from counts
        if card[:8] != b"EXTEND  ":
            yield card


def _with_version(cards: Iterable[bytes], version: int) -> Iterator[bytes]:
    for card in cards:
        yield card
        if card[:8] == b"EXTNAME ":
            yield _number("EXTVER", version)


def _number(keyword: str, value: int) -> bytes:
    return f"{keyword:<8}= {value:>20d}".encode().ljust(_CARD)


def _header(cards: list[bytes], datasum: CardValue) -> bytes:
    """A header with its checksum, where the data have one."""
    if not isinstance(datasum, str) or not datasum.strip().isdigit():
        return _padded([card for card in cards if card[:8] != b"CHECKSUM"])
    places = [place for place, card in enumerate(cards) if card[:8] == b"CHECKSUM"]
    if not places:
        return _padded(cards)
    cards[places[0]] = _checksum_card(_NONE)
    total = _add(int(datasum), *_words(_padded(cards)))
    cards[places[0]] = _checksum_card(_encoded(~total & 0xFFFFFFFF))
    return _padded(cards)


def _padded(cards: Sequence[bytes]) -> bytes:
    text = b"".join(cards) + b"END".ljust(_CARD)
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK)


def _checksum_card(text: str) -> bytes:
    return f"CHECKSUM= '{text}'   / HDU checksum".encode().ljust(_CARD)


def _words(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(content) // 4}I", content)


def _add(*words: int) -> int:
    """The sum in ones' complement of 32 bits."""
    total = sum(words)
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def _encoded(value: int) -> str:
    """A checksum as 16 letters and digits (appendix J.2)."""
    columns = []
    for shift in (24, 16, 8, 0):
        quotient, remainder = divmod(value >> shift & 0xFF, 4)
        four = [quotient + ord("0") + remainder] + [quotient + ord("0")] * 3
        while any(each in _PUNCTUATION for each in four):
            for first in (0, 2):
                if four[first] in _PUNCTUATION or four[first + 1] in _PUNCTUATION:
                    four[first] += 1
                    four[first + 1] -= 1
        columns.append(four)
    text = "".join(chr(columns[byte][row]) for row in range(4) for byte in range(4))
    return text[-1] + text[:-1]
