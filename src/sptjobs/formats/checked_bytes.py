"""Bytes of a file that are compared, before they are used, with the sums that were catalogued."""

import io
import os
from typing import IO

from sptjobs.formats.block_sums import BlockSums
from sptjobs.maps.map_error import MapError


class CheckedBytes(io.RawIOBase):
    """A file whose every block is checked once, when it is first needed.

    Parameters
    ----------
    stream
        The file; it must stay open.
    sums
        What is known of its blocks.
    """

    def __init__(self, stream: IO[bytes], sums: BlockSums) -> None:
        super().__init__()
        self._descriptor, self._sums = stream.fileno(), sums
        self._size = os.fstat(self._descriptor).st_size
        self._place = 0
        self._good = bytearray(-(-self._size // sums.block))

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
                content = os.pread(self._descriptor, block, number * block)
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
        self.check(self._place, self._place + count)
        content = os.pread(self._descriptor, count, self._place)
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)
