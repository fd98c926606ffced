"""Writing structures as the compact protocol of Thrift has them, in which Parquet keeps what it is.

References
----------
Apache Thrift, "Thrift Compact protocol encoding" (thrift-compact-protocol.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class ThriftType(IntEnum):
    """What a field or an element of a list is."""

    I32 = 5
    I64 = 6
    BINARY = 8
    LIST = 9
    STRUCT = 12


@dataclass(frozen=True, slots=True)
class Long:
    """An integer of 64 bits; others have 32."""

    value: int


ThriftValue = int | Long | str | Sequence["ThriftValue"] | Mapping[int, "ThriftValue | None"]
"""A structure has its fields by their numbers, rising; those that are None are left out."""

_SHORT_LIST = 15


def struct_bytes(fields: Mapping[int, ThriftValue | None]) -> bytes:
    """Write a structure."""
    out, last = bytearray(), 0
    for number, value in fields.items():
        if value is not None:
            # All steps between fields of Parquet's structures are short ones.
            out.append((number - last) << 4 | _type_of(value))
            out += _value(value)
            last = number
    return bytes(out) + b"\0"


def varint(number: int) -> bytes:
    """Write an integer that is not negative, seven bits a byte."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _type_of(value: ThriftValue) -> ThriftType:
    match value:
        case int():
            return ThriftType.I32
        case Long():
            return ThriftType.I64
        case str():
            return ThriftType.BINARY
        case Mapping():
            return ThriftType.STRUCT
        case _:
            return ThriftType.LIST


def _value(value: ThriftValue) -> bytes:
    match value:
        case int():
            return varint(value << 1 ^ value >> 63)
        case Long(number):
            return varint(number << 1 ^ number >> 63)
        case str():
            text = value.encode("utf-8", "backslashreplace")
            return varint(len(text)) + text
        case Mapping():
            return struct_bytes(value)
        case _:
            return _list(value)


def _list(values: Sequence[ThriftValue]) -> bytes:
    kind = _type_of(values[0]) if values else ThriftType.I32
    size = len(values)
    head = bytes([size << 4 | kind]) if size < _SHORT_LIST else bytes([0xF0 | kind]) + varint(size)
    return head + b"".join(map(_value, values))
