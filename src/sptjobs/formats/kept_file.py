"""The file of a decoded map: pixels, what is where, and sums by which damage is found.

The pixels of its planes stand one after the other; a line of JSON behind them says the rest;
the last bytes are its length and its SHA-256.
"""

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from sptjobs.formats.block_sums import BlockSums, sums_alone
from sptjobs.formats.checked_bytes import CheckedBytes
from sptjobs.formats.stored_file import OpenFile

_TAIL = struct.Struct(">Q32s")
_MAX_ABOUT = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptPlane:
    """Where the pixels of a plane begin, and their type."""

    offset: int
    dtype: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An open file of a decoded map; its blocks are checked as they are read."""

    stream: IO[bytes]
    file: OpenFile
    planes: Mapping[str, KeptPlane]

    def close(self) -> None:
        """Close it."""
        self.stream.close()


def complete(stream: IO[bytes], planes: Mapping[str, KeptPlane]) -> None:
    """Write what follows the pixels, and bring all of it to the disk."""
    size = stream.tell()
    stream.truncate()
    stream.seek(0)
    about: dict[str, Any] = {
        "size": size,
        "sums": sums_alone(stream, size).to_text(),
        "planes": {name: asdict(plane) for name, plane in planes.items()},
    }
    text = json.dumps(about).encode()
    stream.seek(size)
    stream.write(text + _TAIL.pack(len(text), hashlib.sha256(text).digest()))
    stream.flush()
    os.fsync(stream.fileno())


def read_kept_file(path: Path) -> KeptFile | None:
    """Open a file of a decoded map; None where it is not whole.

    Raises
    ------
    OSError
        It is not there, or cannot be read.
    """
    stream = path.open("rb", buffering=0)
    try:
        about = _about(stream)
    except BaseException:
        stream.close()
        raise
    if about is None:
        stream.close()
        return None
    checked = CheckedBytes(stream, BlockSums.from_text(about["sums"]), about["size"])
    file = OpenFile(cast(IO[bytes], checked), stream, checked)
    planes = {name: KeptPlane(**plane) for name, plane in about["planes"].items()}
    return KeptFile(stream, file, planes)


def _about(stream: IO[bytes]) -> dict[str, Any] | None:
    """What stands behind the pixels; None where it is damaged."""
    size, descriptor = os.fstat(stream.fileno()).st_size, stream.fileno()
    tail = os.pread(descriptor, _TAIL.size, max(0, size - _TAIL.size))
    if len(tail) < _TAIL.size:
        return None
    length, digest = _TAIL.unpack(tail)
    if length > min(_MAX_ABOUT, size - _TAIL.size):
        return None
    text = os.pread(descriptor, length, size - _TAIL.size - length)
    if hashlib.sha256(text).digest() != digest:
        return None
    about: dict[str, Any] = json.loads(text)
    return about if about["size"] == size - _TAIL.size - length else None
