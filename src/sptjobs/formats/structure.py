"""The structure of a FITS file, walked before anything is believed that its headers state.

Readers of FITS files loop over as many axes as NAXIS says, take as much memory as the
axes need, and look for END up to the end of the file.

References
----------
FITS Standard 4.0, sections 3.1 (blocks), 4.4.1 (keywords of the structure).
"""

import math
import os
import re
from collections.abc import Iterator
from typing import IO

from sptjobs.maps.map_error import MapError

_BLOCK, _CARD = 2880, 80
_MAX_HEADER_BLOCKS = 400
"""A header of 14,400 cards: those of real maps have some 200."""
_MAX_HDUS = 100
_MAX_AXES = 16
_MAX_FIELDS = 999
_MAX_BYTES = 1 << 50
_MAX_TRAILING = 1 << 20
"""Bytes after the last HDU that are passed over: readers look for one more header there."""
_PACKED = (
    (b"\x1f\x8b", "gzip twice"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x1f\x9d", "compress"),
    (b"PK\x03\x04", "zip"),
)
"""What files begin with that are packed, and by what."""

_NUMBER = re.compile(rb"[A-Z0-9]+ *= *([+-]?[0-9]{1,18}) *(/.*)?")
_STRUCTURE = re.compile(rb"BITPIX|Z?NAXIS[0-9]*|PCOUNT|GCOUNT|THEAP|TFIELDS")


def check_structure(stream: IO[bytes]) -> None:
    """Walk the headers of a FITS file from its beginning to its end, and go back there.

    Raises
    ------
    MapError
        A header has no end, states what cannot be, or states more data than there is.
    """
    stream.seek(0)
    for number in range(_MAX_HDUS + 1):
        start = stream.tell()
        header = _read_header(stream, number)
        if header is None:
            if len(stream.read(_MAX_TRAILING + 1)) > _MAX_TRAILING:
                raise MapError(f"goes on after HDU {number - 1} with what is no HDU")
            break
        if number == _MAX_HDUS:
            raise MapError(f"has more than {_MAX_HDUS} HDUs")
        size = _data_bytes(_numbers(header, number), number)
        if size:
            # The last byte is read: a file that ends before it can be sought beyond its end.
            if size > _MAX_BYTES or not _has_byte(stream, start + len(header) + size - 1):
                raise MapError(f"is truncated: HDU {number} has {size} bytes of data by its header")
            stream.seek(-size % _BLOCK, os.SEEK_CUR)
    stream.seek(0)


def headers_of(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Give the header of each HDU from the first one on, and the place where its data begin.

    Raises
    ------
    MapError
        A header has no end, or states what cannot be.
    """
    place = 0
    for number in range(_MAX_HDUS):
        stream.seek(place)
        header = _read_header(stream, number)
        if header is None:
            return
        place += len(header)
        yield header, place
        size = _data_bytes(_numbers(header, number), number)
        place += size + -size % _BLOCK


def _has_byte(stream: IO[bytes], place: int) -> bool:
    stream.seek(place)
    return bool(stream.read(1))


def _read_header(stream: IO[bytes], number: int) -> bytes | None:
    """The blocks of a header; None where the file ends, or goes on with what is no HDU."""
    header = b""
    while len(header) < _MAX_HEADER_BLOCKS * _BLOCK:
        block = _read_block(stream)
        if not header and number and not block.startswith(b"XTENSION"):
            return None
        if not header and not number and not block.startswith(b"SIMPLE  ="):
            packer = next((name for mark, name in _PACKED if block.startswith(mark)), None)
            if packer is not None:
                raise MapError(f"is packed by {packer}, which is not read: unpack it")
            raise MapError("cannot be read as FITS: it does not begin with SIMPLE")
        if len(block) < _BLOCK:
            raise MapError(f"is truncated: HDU {number} has no END card")
        header += block
        if any(block[i : i + _CARD].rstrip() == b"END" for i in range(0, _BLOCK, _CARD)):
            return header
    raise MapError(f"has no END card in the first {len(header) // _CARD} of HDU {number}")


def _read_block(stream: IO[bytes]) -> bytes:
    block = b""
    while len(block) < _BLOCK and (more := stream.read(_BLOCK - len(block))):
        block += more
    return block


def _numbers(header: bytes, number: int) -> dict[str, int]:
    """Cards of the structure that are integers, by name."""
    found: dict[str, int] = {}
    for place in range(0, len(header), _CARD):
        card = header[place : place + _CARD]
        name = card[:8].rstrip()
        if name == b"END":
            break
        if _STRUCTURE.fullmatch(name):
            match = _NUMBER.fullmatch(card.rstrip())
            if match is None:
                raise MapError(
                    f"has a header, of HDU {number}, in which {name.decode()} is no integer"
                )
            found[name.decode()] = int(match[1])
    return found


def _data_bytes(stated: dict[str, int], number: int) -> int:
    """Size of the data that follow a header [byte]."""
    where = f"has a header, of HDU {number}, in which"
    axes = stated.get("NAXIS", -1)
    if not 0 <= axes <= _MAX_AXES:
        raise MapError(f"{where} NAXIS is {axes}, not 0 to {_MAX_AXES}")
    # Readers loop over these too; the sides of tiled images are no size of this file's data.
    for name, limit in (("ZNAXIS", _MAX_AXES), ("TFIELDS", _MAX_FIELDS)):
        if not 0 <= stated.get(name, 0) <= limit:
            raise MapError(f"{where} {name} is {stated[name]}, not 0 to {limit}")
    sides = [stated.get(f"NAXIS{axis}", -1) for axis in range(1, axes + 1)]
    others = [stated.get("PCOUNT", 0), stated.get("THEAP", 0)]
    groups = stated.get("GCOUNT", 1)
    if min([0, groups, *sides, *others]) < 0:
        raise MapError(f"{where} a size is missing, or negative")
    if stated.get("BITPIX") not in {8, 16, 32, 64, -32, -64}:
        raise MapError(f"{where} BITPIX is {stated.get('BITPIX')}")
    values = math.prod(sides) if axes else 0
    return abs(stated["BITPIX"]) // 8 * groups * (others[0] + values)
