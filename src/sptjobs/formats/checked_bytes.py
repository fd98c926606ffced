"""Bytes of a file that are compared, before they are used, with the sums that were catalogued.

A file may change while it is read: between the comparison and the reading, and after a block
was compared. What was read counts once the file has not changed since. Its time of change
(``st_ctime``) tells that, which no program can set.
"""

import io
import os
from collections.abc import Callable, Iterable
from typing import IO, TypeVar

from sptjobs.formats.block_sums import BlockSums
from sptjobs.maps.map_error import MapError

_T = TypeVar("_T")

ByteSpan = tuple[int, int]
"""Begin and end of a stretch of bytes."""

_TRIES = 3
"""How often bytes are read that change meanwhile."""


class CheckedBytes(io.RawIOBase):
    """A file whose every block is checked when it is first needed, and after the file changed.

    Parameters
    ----------
    stream
        The file; it must stay open.
    sums
        What is known of its blocks.
    size
        How many of the file's bytes, from the first one, they are of; None for all.
    """

    def __init__(self, stream: IO[bytes], sums: BlockSums, size: int | None = None) -> None:
        super().__init__()
        self._descriptor, self._sums = stream.fileno(), sums
        self._size = os.fstat(self._descriptor).st_size if size is None else size
        self._state = self._file_state()
        self._place = 0
        self._good = bytearray(-(-self._size // sums.block))

    def checked(self, spans: Iterable[ByteSpan], read: Callable[[], _T]) -> _T:
        """Give what ``read`` gives of stretches of bytes, which are those catalogued.

        Raises
        ------
        MapError
            They are not, or go on changing.
        """
        stretches = list(spans)
        for _ in range(_TRIES):
            for span in stretches:
                self.check(*span)
            content = read()
            state = self._file_state()
            if state == self._state:
                return content
            self._state, self._good = state, bytearray(len(self._good))
        raise MapError("the map file is being changed")

    def _file_state(self) -> tuple[int, int]:
        about = os.fstat(self._descriptor)
        return about.st_ctime_ns, about.st_size

    def check(self, begin: int, end: int) -> None:
        """Compare the blocks that bytes ``begin`` to ``end`` lie in.

        Raises
        ------
        MapError
            One of them has changed since it was catalogued.
        """
        block = self._sums.block
        for number in range(begin // block, -(-min(end, self._size) // block)):
            if not self._good[number]:
                # Read, not mapped: a sector that the disk has lost is then an error, no signal.
                size = min(block, self._size - number * block)
                content = os.pread(self._descriptor, size, number * block)
                if not self._sums.holds_for(number, content):
                    raise MapError(
                        "the map file is damaged: its bytes from"
                        f" {number * block} on are not those that were catalogued"
                    )
                self._good[number] = 1

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("a place before the file's beginning")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """Say the place."""
        return self._place

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read up to the buffer's size; less at the end only."""
        count = max(0, min(len(buffer), self._size - self._place))
        place = self._place
        content = self.checked(
            [(place, place + count)], lambda: os.pread(self._descriptor, count, place)
        )
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)
