"""The file of a catalogued map, as far as no format matters.

A ``.gz`` file is unpacked into an unnamed temporary file first.
"""

import gzip
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar, cast

from sptjobs.formats.block_sums import BlockSums
from sptjobs.formats.checked_bytes import ByteSpan, CheckedBytes
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file of a map.

    Attributes
    ----------
    stream
        What to read it by; bytes that are not those catalogued raise ``MapError``.
    plain
        The same file without any check, to be mapped into memory.
    """

    stream: IO[bytes]
    plain: IO[bytes]
    _checked: CheckedBytes | None = None

    def checked(self, spans: Iterable[ByteSpan], read: Callable[[], _T]) -> _T:
        """Give what ``read`` gives of stretches of ``plain``; it has to copy them.

        Raises
        ------
        MapError
            They are not those that were catalogued.
        """
        return read() if self._checked is None else self._checked.checked(spans, read)


@contextmanager
def stored_file(archive: Path, record: MapRecord) -> Iterator[OpenFile]:
    """Open the file of a map, which has the size and time of change that were catalogued.

    Raises
    ------
    MapError
        It is another file, or damaged.
    """
    with ExitStack() as stack:
        plain: IO[bytes] = stack.enter_context(open_regular(archive / record.path))
        _check_unchanged(plain, record)
        checked = None
        if record.block_sums is not None:
            checked = CheckedBytes(plain, BlockSums.from_text(record.block_sums))
        stream = plain if checked is None else cast(IO[bytes], checked)
        if record.compression == "gzip":
            # All of it is read, and so checked, here.
            plain = stream = stack.enter_context(unpacked(stream))
            checked = None
        yield OpenFile(stream, plain, checked)


def open_regular(file: Path) -> IO[bytes]:
    """Open a file for reading; a pipe or device that stands in its place is not waited for.

    Raises
    ------
    MapError
        It is not a regular file.
    """
    stream = os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise MapError("the map file cannot be read: it is not a regular file")
    return stream


def is_gzip(file: Path) -> bool:
    """Whether a file is packed, whatever it is called."""
    with file.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _check_unchanged(stream: IO[bytes], record: MapRecord) -> None:
    found = os.fstat(stream.fileno())
    if (found.st_size, found.st_mtime_ns) != (record.size_bytes, record.mtime_ns):
        raise MapError("the map file has changed since it was catalogued")


@contextmanager
def unpacked(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """The content of a ``.gz`` file, in a file without a name: a killed process leaves nothing."""
    with tempfile.TemporaryFile(prefix="sptjobs-") as content:
        with gzip.GzipFile(fileobj=stream) as packed:
            shutil.copyfileobj(packed, content, 1 << 20)
        content.flush()
        # Opened once more, for reading only, as the FITS reader requires it.
        with Path(f"/proc/self/fd/{content.fileno()}").open("rb") as readable:
            yield readable
