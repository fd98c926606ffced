"""Reading packs back: their index lines, and single files by name.

A pack never changes once it is named by a job, so an index that was read once
stays right for as long as anyone keeps it.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from sptjobs.packs.records import Outcome, PackedFile, Row
from sptjobs.packs.writer import FILES_FILE, OUTCOMES_FILE, TAR_FILE
from sptjobs.uws.errors import UnavailableError

_Line = TypeVar("_Line", PackedFile, Outcome)

_DEFAULT_CACHE_BYTES = 64 << 20
_ATTRIBUTES = tuple(each.name for each in fields(Outcome))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where the bytes of a file are: ``entry.size`` bytes of ``tar`` from ``entry.offset``."""

    entry: PackedFile
    tar: Path


def iter_files(folder: Path) -> Iterator[PackedFile]:
    """Files of a pack, in the order of its tar members.

    Raises
    ------
    UnavailableError
        The pack or a part of it is not there; the message names it.
    """
    end = tar_size(folder)
    for entry in _lines(folder, FILES_FILE, PackedFile):
        _check_within(entry, end, folder)
        yield entry


def iter_outcomes(folder: Path) -> Iterator[Outcome]:
    """Rows of the manifest that a pack holds, in the order they were made.

    Raises
    ------
    UnavailableError
        The pack or its list of outcomes is not there; the message names it.
    """
    return _lines(folder, OUTCOMES_FILE, Outcome)


def iter_rows(folder: Path) -> Iterator[Row]:
    """Rows of the manifest as ``iter_outcomes``, but lines that hold all of a row unread.

    Those that an earlier or a later release wrote, with other columns, are read.

    Raises
    ------
    UnavailableError
        As ``iter_outcomes``.
    """
    complete: bool | None = None
    for line in _whole_lines(folder, OUTCOMES_FILE):
        if complete is None:
            complete = _has_every_attribute(line)
        yield line[:-1] if complete else _parse(line, Outcome, folder, OUTCOMES_FILE)


def tar_size(folder: Path) -> int:
    """Bytes of a pack's tar."""
    try:
        return (folder / TAR_FILE).stat().st_size
    except OSError as error:
        raise unreadable(folder, TAR_FILE, error.strerror) from error


class PackIndexes:
    """Finds files of packs by name and keeps the indexes last used in memory.

    Safe to use from several threads.

    Parameters
    ----------
    max_bytes
        Bytes of indexes that are kept. An index is kept as it is on the disk and
        searched as bytes, about a gigabyte a second, which needs no more memory.
    """

    def __init__(self, max_bytes: int = _DEFAULT_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._indexes: OrderedDict[Path, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def kept_bytes(self) -> int:
        """Bytes of indexes in memory now."""
        return self._bytes

    def find(self, folders: Iterable[Path], name: str) -> StoredFile | None:
        """Find a file in the first of the packs that has it; None when none has.

        Raises
        ------
        UnavailableError
            The index of a pack that was looked into, or the file's bytes, are not
            there.
        """
        start = b'{"name":' + json.dumps(name).encode() + b","
        for folder in folders:
            index = self._index(folder)
            at = index.find(start)
            if at >= 0:
                entry = _parse(index[at : index.index(b"\n", at)], PackedFile, folder, FILES_FILE)
                _check_within(entry, tar_size(folder), folder)
                return StoredFile(entry, folder / TAR_FILE)
        return None

    def _index(self, folder: Path) -> bytes:
        with self._lock:
            if folder in self._indexes:
                self._indexes.move_to_end(folder)
                return self._indexes[folder]
        index = _read_index(folder)
        with self._lock:
            if len(index) <= self._max_bytes and folder not in self._indexes:
                self._indexes[folder] = index
                self._bytes += len(index)
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._indexes.popitem(last=False)[1])
        return index


def _read_index(folder: Path) -> bytes:
    try:
        index = (folder / FILES_FILE).read_bytes()
    except OSError as error:
        raise unreadable(folder, FILES_FILE, error.strerror) from error
    if index and not index.endswith(b"\n"):
        raise unreadable(folder, FILES_FILE, "its last line is cut off")
    return index


def _lines(folder: Path, file_name: str, kind: type[_Line]) -> Iterator[_Line]:
    for line in _whole_lines(folder, file_name):
        yield _parse(line, kind, folder, file_name)


def _whole_lines(folder: Path, file_name: str) -> Iterator[bytes]:
    try:
        with (folder / file_name).open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    raise unreadable(folder, file_name, "its last line is cut off")
                yield line
    except OSError as error:
        raise unreadable(folder, file_name, error.strerror) from error


def _has_every_attribute(line: bytes) -> bool:
    """Whether a line, and so all of its pack, has the columns of this release in order."""
    try:
        return tuple(json.loads(line)) == _ATTRIBUTES
    except (ValueError, TypeError):
        return False


def _parse(line: bytes, kind: type[_Line], folder: Path, file_name: str) -> _Line:
    try:
        return kind.from_line(line)
    except (ValueError, TypeError) as error:
        raise unreadable(folder, file_name, "a line cannot be read") from error


def _check_within(entry: PackedFile, end: int, folder: Path) -> None:
    if entry.offset + entry.size > end:
        raise unreadable(folder, TAR_FILE, f"it ends before {entry.name}")


def outcome_of_line(line: bytes, folder: Path) -> Outcome:
    """Read one row of the manifest of a pack.

    Raises
    ------
    UnavailableError
        It cannot be read.
    """
    return _parse(line, Outcome, folder, OUTCOMES_FILE)


def unreadable(folder: Path, file_name: str, why: str | None) -> UnavailableError:
    """Make an error that names the pack, but not the folders of the server."""
    pack = f"{folder.parent.name}/{folder.name}"
    return UnavailableError(f"the pack {pack} cannot be read: {file_name}: {why}")
