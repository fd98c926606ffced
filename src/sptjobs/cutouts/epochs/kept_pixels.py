"""Pixels of stamps that wait for others: in a file without a name, not in memory."""

import os
import tempfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


class KeptPixels:
    """Pixels of many stamps, one behind the other; the file is gone once it is closed."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0

    def keep(self, pixels: NDArray[Any]) -> int:
        """Write pixels, and give their place."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="sptjobs-")  # noqa: SIM115 - see close
        place, content = self._end, np.ascontiguousarray(pixels)
        self._file.write(content.data)
        self._end += content.nbytes
        return place

    def read(self, place: int, into: NDArray[Any]) -> None:
        """Read the pixels of a place into an array of their type and shape."""
        assert self._file is not None
        self._file.flush()
        content = os.pread(self._file.fileno(), into.nbytes, place)
        into[...] = np.frombuffer(content, into.dtype).reshape(into.shape)

    def close(self) -> None:
        """Forget all of them."""
        if self._file is not None:
            self._file.close()
            self._file = None
