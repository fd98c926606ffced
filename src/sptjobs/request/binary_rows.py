"""Rows of VOTable's BINARY and BINARY2 streams, as texts.

References
----------
VOTable 1.4, sections 5.3 "BINARY serialization" and 5.4 "BINARY2 serialization":
numbers are big-endian; arrays of variable length begin with their count; rows of
BINARY2 begin with a bit for each field that has no value.
"""

import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sptjobs.request.tables import refuse_table
from sptjobs.uws.errors import ParameterError

_BYTES = {
    "boolean": 1, "unsignedByte": 1, "short": 2, "int": 4, "long": 8, "char": 1,
    "unicodeChar": 2, "float": 4, "double": 8, "floatComplex": 8, "doubleComplex": 16,
}  # fmt: skip
_NUMBERS = {"unsignedByte": ">B", "short": ">h", "int": ">i", "long": ">q"}
_REALS = {"float": ">f", "double": ">d"}
_TEXTS = ("char", "unicodeChar")
_SIZES = re.compile(r"(?:[0-9]{1,9}x)*(?:[0-9]{1,9}|[0-9]{0,9}\*)")


_MAX_ARRAYSIZE = 100
"""Characters of the longest arraysize: ten dimensions, whose product is no great number."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a field lies in a row; ``count`` is None where each row tells it."""

    datatype: str
    count: int | None
    factor: int
    null: str | None

    def size(self, count: int) -> int:
        """Bytes of so many elements."""
        return -(-count // 8) if self.datatype == "bit" else count * _BYTES[self.datatype]


def is_array(attributes: Mapping[str, str]) -> bool:
    """Whether a field holds several numbers in each row."""
    size = attributes.get("arraysize", "")
    return bool(size) and size != "1" and attributes.get("datatype") not in _TEXTS


def binary_rows(
    data: bytes, fields: Sequence[tuple[Mapping[str, str], str | None]], *, has_nulls: bool
) -> Iterator[list[str] | ParameterError]:
    """Give the rows of a stream.

    Parameters
    ----------
    fields
        Attributes of each FIELD, and its null value.
    has_nulls
        Whether rows begin with bits for missing values (BINARY2).
    """
    layouts = [_layout(attributes, null) for attributes, null in fields]
    mask_bytes = -(-len(layouts) // 8) if has_nulls else 0
    at = 0
    try:
        while at < len(data):
            mask = _taken(data, at, mask_bytes)
            cells, at = _row(data, at + mask_bytes, layouts)
            for place in range(len(layouts) if has_nulls else 0):
                if mask[place // 8] >> (7 - place % 8) & 1:
                    cells[place] = ""
            yield cells
    except EOFError:
        yield ParameterError("the stream of the VOTable ends within this row", field="POSITIONS")


def _row(data: bytes, at: int, layouts: Sequence[_Layout]) -> tuple[list[str], int]:
    start, cells = at, []
    for layout in layouts:
        if layout.count is None:
            (elements,) = struct.unpack(">i", _taken(data, at, 4))
            if elements < 0:
                raise EOFError
            count, at = elements * layout.factor, at + 4
        else:
            count = layout.count
        size = layout.size(count)
        cells.append(_text(layout, _taken(data, at, size)))
        at += size
    if at == start:
        refuse_table("the fields of the VOTable have no bytes")
    return cells, at


def _taken(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise EOFError
    return data[at : at + size]


def _text(layout: _Layout, content: bytes) -> str:
    """Write a value as text; blank for none, and for what is never used."""
    datatype = layout.datatype
    if datatype == "char":
        return content.partition(b"\0")[0].decode("utf-8", "replace").strip()
    if datatype == "unicodeChar":
        return content.decode("utf-16-be", "replace").partition("\0")[0].strip()
    if datatype in _NUMBERS and len(content) == _BYTES[datatype]:
        text = str(struct.unpack(_NUMBERS[datatype], content)[0])
        return "" if text == layout.null else text
    if datatype in _REALS and len(content) == _BYTES[datatype]:
        number: float = struct.unpack(_REALS[datatype], content)[0]
        return "" if math.isnan(number) else repr(number)
    return ""


def _layout(attributes: Mapping[str, str], null: str | None) -> _Layout:
    datatype, size = attributes.get("datatype", ""), attributes.get("arraysize", "") or "1"
    if datatype not in _BYTES and datatype != "bit":
        refuse_table("a field of the VOTable has an unknown datatype", datatype)
    if len(size) > _MAX_ARRAYSIZE or _SIZES.fullmatch(size) is None:
        refuse_table("a field of the VOTable has an arraysize that cannot be read", size)
    *fixed, last = size.split("x")
    factor = math.prod(map(int, fixed))
    count = None if last.endswith("*") else factor * int(last)
    if count == 0:
        # Rows of many such fields would cost time without bytes.
        refuse_table("a field of the VOTable has an arraysize of 0", attributes.get("name", ""))
    return _Layout(datatype, count, factor, null)
