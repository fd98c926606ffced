"""A table as a FITS binary table, streamed: its length is known before its rows.

References
----------
FITS Standard 4.0, sections 4.2 (cards) and 7.3 (binary tables).
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import nan
from typing import Any

from sptjobs.packs.forms import Column, Form, batches
from sptjobs.uws.ascii_text import ascii_text

_BLOCK, _CARD = 2880, 80
_NUMBERS = {"int": ("i", "J"), "long": ("q", "K"), "double": ("d", "D")}

TableCards = Sequence[tuple[str, str | int | float | bool]]
"""Keywords and their values."""


def bintable_chunks(
    form: Form, about: TableCards, lengths: Mapping[str, int], count: int, rows: Iterable[Any]
) -> Iterator[bytes]:
    """A FITS file: an empty primary HDU, and the table.

    Numbers that are not known are NaN, texts are empty; what is not ASCII in a text
    is written by its likeness.

    Parameters
    ----------
    form
        Its columns are texts, integers that are always known, and doubles.
    about
        Cards that the table gets beside those of its structure.
    lengths
        The most characters of each column of texts.
    count
        How many rows there are.
    """
    yield _header([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True)])
    yield _header(table_cards(form, about, lengths, count))
    yield from table_rows(form, lengths, rows)
    yield bytes(-_row(form, lengths).size * count % _BLOCK)


def table_cards(
    form: Form, about: TableCards, lengths: Mapping[str, int], count: int
) -> TableCards:
    """Cards of the header of a table, for an extension of any file; as ``bintable_chunks``."""
    kinds = [_kind(column, lengths)[1] for column in form.columns]
    return [
        ("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2),
        ("NAXIS1", _row(form, lengths).size), ("NAXIS2", count), ("PCOUNT", 0), ("GCOUNT", 1),
        ("TFIELDS", len(kinds)), ("EXTNAME", form.name.upper()),
        *about, *_columns(form.columns, kinds),
    ]  # fmt: skip


def table_rows(form: Form, lengths: Mapping[str, int], rows: Iterable[Any]) -> Iterator[bytes]:
    """Bytes of the rows of a table, not yet padded; as ``bintable_chunks``."""
    row = _row(form, lengths)
    blanks = [b"" if column.datatype == "char" else nan for column in form.columns]
    for batch in batches(rows):
        yield b"".join(row.pack(*map(_cell, form.cells(each), blanks)) for each in batch)


def _row(form: Form, lengths: Mapping[str, int]) -> struct.Struct:
    return struct.Struct(">" + "".join(_kind(column, lengths)[0] for column in form.columns))


def _kind(column: Column, lengths: Mapping[str, int]) -> tuple[str, str]:
    """A column's code for ``struct``, and its TFORM."""
    if column.datatype == "char":
        return f"{lengths[column.name]}s", f"{lengths[column.name]}A"
    return _NUMBERS[column.datatype]


def _columns(columns: Sequence[Column], forms: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, (column, form) in enumerate(zip(columns, forms, strict=True), start=1):
        yield f"TTYPE{number}", column.name
        yield f"TFORM{number}", form
        if column.unit:
            yield f"TUNIT{number}", column.unit


def _cell(cell: Any, blank: Any) -> Any:
    if cell is None:
        return blank
    return ascii_text(cell).encode("ascii") if isinstance(cell, str) else cell


def _header(cards: TableCards) -> bytes:
    text = "".join(_card(keyword, value) for keyword, value in cards) + "END".ljust(_CARD)
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK).encode("ascii")


def _card(keyword: str, value: str | float | bool) -> str:
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        text = f"'{quoted:<8}'"
    elif isinstance(value, bool):
        text = ("T" if value else "F").rjust(20)
    else:
        text = repr(value).rjust(20)
    return f"{keyword:<8}= {text}".ljust(_CARD)
