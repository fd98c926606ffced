"""Packs of tiles: many tiles in one file, which is there whole or not at all.

A file has the tiles' bytes, then the place and length of each, then a JSON document about
them, then how many there are and how long that document is.
"""

import json
import os
import struct
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PLACE = struct.Struct("<QQ")
_TRAILER = struct.Struct("<QQ8s")
_MAGIC = b"SPTTILES"
PART_PREFIX = "part-"
"""Begin of the names of packs that are being written."""


class TilePackWriter:
    """Writes a pack; it gets its name when the block ends without an error.

    Parameters
    ----------
    path
        Its name.
    count
        Number of its tiles. Those that are not added are empty: nothing of them is observed.
    """

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._places = path, [(0, 0)] * count
        self._end = 0
        self.about: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Begin a file that has another name."""
        number, self._part = tempfile.mkstemp(prefix=PART_PREFIX, dir=self._path.parent)
        self._stream = os.fdopen(number, "wb")
        return self

    def add(self, number: int, content: bytes) -> None:
        """Add a tile."""
        self._places[number] = self._end, len(content)
        self._stream.write(content)
        self._end += len(content)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the file its name, or remove it."""
        try:
            with self._stream:
                if error is None:
                    self._finish()
            if error is None:
                Path(self._part).replace(self._path)
        finally:
            Path(self._part).unlink(missing_ok=True)

    def _finish(self) -> None:
        about = json.dumps(self.about, allow_nan=False).encode()
        for place in self._places:
            self._stream.write(_PLACE.pack(*place))
        self._stream.write(about + _TRAILER.pack(len(self._places), len(about), _MAGIC))


def read_tile(path: Path, number: int) -> bytes:
    """Read a tile of a pack; nothing for an empty one. The pack counts as used just now.

    Raises
    ------
    FileNotFoundError
        There is no such pack, or it is none: it has to be made.
    """
    with path.open("rb") as stream:
        os.utime(stream.fileno())
        count, about, end = _sizes(stream.fileno())
        assert 0 <= number < count
        places = end - about - count * _PLACE.size
        place, length = _PLACE.unpack(
            os.pread(stream.fileno(), _PLACE.size, places + number * _PLACE.size)
        )
        return os.pread(stream.fileno(), length, place)


def read_about(path: Path) -> dict[str, Any]:
    """Read the document about a pack's tiles.

    Raises
    ------
    FileNotFoundError
        As ``read_tile``.
    """
    with path.open("rb") as stream:
        os.utime(stream.fileno())
        _, about, end = _sizes(stream.fileno())
        found: dict[str, Any] = json.loads(os.pread(stream.fileno(), about, end - about))
        return found


def _sizes(number: int) -> tuple[int, int, int]:
    """Count of tiles, length of the document, and where that ends."""
    end = os.fstat(number).st_size - _TRAILER.size
    found = os.pread(number, _TRAILER.size, max(end, 0))
    if end < 0 or not found.endswith(_MAGIC):
        # A machine that lost its power may leave a name without its bytes.
        raise FileNotFoundError("not a pack of tiles")
    count, about, _ = _TRAILER.unpack(found)
    return count, about, end
