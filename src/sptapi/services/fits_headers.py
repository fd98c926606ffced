"""The headers of a FITS file, read without a library of FITS.

References
----------
FITS standard 4.0, sections 3.3 "Individual HDUs", 4.1 "Keyword records" and 4.2
"Value"; the CONTINUE and HIERARCH conventions.
"""

import re
from collections.abc import Callable, Iterator
from math import isfinite, prod

from sptjobs.packs.reader import StoredFile
from sptjobs.uws.errors import UnavailableError

_BLOCK, _CARD = 2880, 80
_MAX_BLOCKS = 200
_STRING = re.compile(r"\s*'((?:[^']|'')*)'\s*(?:/ ?(.*))?")
_OTHER = re.compile(r"\s*([^/]*?)\s*(?:/ ?(.*))?")

CardValue = str | int | float | bool | None
Card = tuple[str, CardValue, str]
Read = Callable[[int, int], bytes]


def stored_headers(stored: StoredFile) -> list[tuple[str, list[Card]]]:
    """Read the headers of a file in its pack.

    Raises
    ------
    UnavailableError
        The pack is gone, or holds no FITS file there.
    """
    try:
        with stored.tar.open("rb") as stream:

            def read(start: int, count: int) -> bytes:
                stream.seek(stored.entry.offset + start)
                return stream.read(count)

            return read_headers(read, stored.entry.size)
    except OSError as error:
        message = f"the pack of {stored.entry.name} cannot be read: {error.strerror}"
        raise UnavailableError(message) from error


def read_headers(read: Read, size: int) -> list[tuple[str, list[Card]]]:
    """Read the name and the cards of each HDU.

    Parameters
    ----------
    read
        Gives ``count`` bytes from ``start`` on.
    size
        Bytes of the file.

    Raises
    ------
    UnavailableError
        It is not a FITS file, or it is cut off.
    """
    found: list[tuple[str, list[Card]]] = []
    at = 0
    while at < size:
        cards, at = header_at(read, at, size)
        values = {keyword: value for keyword, value, _ in cards}
        if not found and values.get("SIMPLE") is not True:
            raise UnavailableError("the file is not a FITS file")
        name = values.get("EXTNAME", "PRIMARY" if not found else "")
        found.append((str(name), cards))
        at += data_bytes(values)
    return found


def header_at(read: Read, at: int, size: int) -> tuple[list[Card], int]:
    """Read the header that begins at a byte: its cards, and where its data begin."""
    texts: list[str] = []
    for _ in range(_MAX_BLOCKS):
        if at + _BLOCK > size:
            break
        block = read(at, _BLOCK).decode("ascii", "replace")
        at += _BLOCK
        for start in range(0, _BLOCK, _CARD):
            text = block[start : start + _CARD]
            if text.rstrip() == "END":
                return list(_cards(texts)), at
            texts.append(text)
    raise UnavailableError("a header of the FITS file has no end")


def data_bytes(values: dict[str, CardValue]) -> int:
    """Bytes of an HDU's data, whole blocks, by the values of its cards."""

    def number(keyword: str, default: int = 0) -> int:
        value = values.get(keyword, default)
        return value if isinstance(value, int) else default

    axes = [number(f"NAXIS{axis + 1}") for axis in range(number("NAXIS"))]
    if not axes:
        return 0
    elements = number("GCOUNT", 1) * (number("PCOUNT") + prod(axes))
    return -(-abs(number("BITPIX")) // 8 * elements // _BLOCK) * _BLOCK


def _cards(texts: list[str]) -> Iterator[Card]:
    """Cards in order; long strings are joined, blank ones passed over."""
    pending: Card | None = None
    for text in texts:
        keyword = text[:8].rstrip()
        if keyword == "CONTINUE" and pending is not None and isinstance(pending[1], str):
            value, comment = _value(text[8:])
            if pending[1].endswith("&") and isinstance(value, str):
                joined = f"{pending[2]} {comment}".strip()
                pending = (pending[0], pending[1][:-1] + value, joined)
                continue
        if pending is not None:
            yield pending
        pending = _card(text)
    if pending is not None:
        yield pending


def _card(text: str) -> Card | None:
    keyword = text[:8].rstrip()
    if keyword == "HIERARCH" and "=" in text:
        name, _, rest = text[8:].partition("=")
        return (name.strip(), *_value(rest))
    if text[8:10] == "= ":
        return (keyword, *_value(text[10:]))
    if keyword or text.strip():
        return (keyword, text[8:].rstrip(), "")
    return None


def _value(text: str) -> tuple[CardValue, str]:
    string = _STRING.fullmatch(text.rstrip())
    if string is not None:
        return string[1].replace("''", "'").rstrip(), (string[2] or "").strip()
    other = _OTHER.fullmatch(text.rstrip())
    assert other is not None
    return _literal(other[1]), (other[2] or "").strip()


def _literal(word: str) -> CardValue:
    if word in {"T", "F"}:
        return word == "T"
    if not word:
        return None
    try:
        return int(word)
    except ValueError:
        pass
    try:
        number = float(word.replace("D", "E"))
    except ValueError:
        return word
    return number if isfinite(number) else word
