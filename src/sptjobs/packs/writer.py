"""Writing a pack: once, in order, and durably."""

import hashlib
import os
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sptjobs.packs.points import POINTS_FILE, Point, points_lines
from sptjobs.packs.records import Outcome, PackedFile

TAR_FILE, FILES_FILE = "pack.tar", "files.jsonl"
OUTCOMES_FILE, PLAN_FILE = "outcomes.jsonl", "plan.jsonl"

# Of a tar member's header: the longest name that one of no extension holds, the size that it
# has no digits for, and where size and sum stand.
_MAX_NAME, _MAX_SIZE, _SIZE, _SUM = 100, 8**11, 124, 148


class PackWriter:
    """Writes one pack folder; what goes wrong inside its ``with`` block removes the folder.

    Parameters
    ----------
    folder
        Folder to make. Its parent is made when it is missing.

    Attributes
    ----------
    outcomes, files, size_bytes
        What was added so far; the size is that of the tar.
    disk_bytes
        Size of all files of the pack, once it is complete.

    Raises
    ------
    FileExistsError
        The folder exists: a pack is never written into.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outcomes: Counter[str] = Counter()
        self.files = 0
        self.size_bytes = 0
        self.disk_bytes = 0
        self._new_parent = not folder.parent.exists()
        _make_folder(folder)
        self._open = ExitStack()
        self._streams: list[IO[bytes]] = []
        self._tar = self._stream(TAR_FILE)
        self._files = self._stream(FILES_FILE)
        self._outcomes = self._stream(OUTCOMES_FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._open.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def add_file(self, name: str, content: bytes, media_type: str, product: str) -> PackedFile:
        """Append a file as a tar member.

        Parameters
        ----------
        name
            Path below the job's ``out`` folder.

        Returns
        -------
        PackedFile
            Its line of the index.
        """
        header = member_header(name, len(content))
        packed = PackedFile(
            name=name,
            offset=self.size_bytes + len(header),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            media_type=media_type,
            product=product,
        )
        padding = bytes(-len(content) % tarfile.BLOCKSIZE)
        self._tar.writelines((header, content, padding))
        self._files.write(packed.to_line().encode() + b"\n")
        self.size_bytes += len(header) + len(content) + len(padding)
        self.files += 1
        return packed

    def add_outcome(self, outcome: Outcome) -> None:
        """Append a row of the manifest."""
        self._outcomes.write(outcome.to_line().encode() + b"\n")
        self.outcomes[str(outcome.status)] += 1

    def write_plan(self, lines: Iterable[str]) -> None:
        """Write the plan of the whole job: line n is that of part n."""
        self.write_lines(PLAN_FILE, lines)

    def write_points(self, points: Iterable[Point]) -> None:
        """Write the points of light curves, in any order."""
        self.write_lines(POINTS_FILE, points_lines(points))

    def close(self) -> None:
        """Bring everything to the disk; the pack is complete when this returns."""
        for stream in self._streams:
            stream.flush()
            os.fsync(stream.fileno())
            self.disk_bytes += stream.tell()
        self._open.close()
        _sync_folder(self.folder)
        _sync_folder(self.folder.parent)
        if self._new_parent:
            _sync_folder(self.folder.parent.parent)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write an index file of the pack."""
        self._stream(name).writelines(line.encode() + b"\n" for line in lines)

    def _stream(self, name: str) -> IO[bytes]:
        stream = self._open.enter_context((self.folder / name).open("xb", buffering=1 << 18))
        self._streams.append(stream)
        return stream


def _make_folder(folder: Path) -> None:
    """Make the folder and its parent, again when a sweep removes the empty parent meanwhile."""
    while True:
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()
        except FileNotFoundError:
            continue
        return


def member_header(name: str, size: int, mtime: int = 0) -> bytes:
    """Header of a tar member that depends on nothing but these.

    Parameters
    ----------
    mtime
        Seconds since 1970.
    """
    if len(name) > _MAX_NAME or not name.isascii() or not 0 <= size < _MAX_SIZE:
        return _general_header(name, size, mtime)
    # The same bytes, at a tenth of the time.
    bare, bare_sum = _bare_header(mtime)
    written, digits = name.encode("ascii"), b"%011o" % size
    signed = b"%06o" % (bare_sum + sum(written) + sum(digits))
    rest = bare[len(written) : _SIZE], digits, bare[_SIZE + len(digits) : _SUM]
    return b"".join((written, *rest, signed, bare[_SUM + len(signed) :]))


def _general_header(name: str, size: int, mtime: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, mtime
    return member.tobuf(tarfile.PAX_FORMAT)


@lru_cache
def _bare_header(mtime: int) -> tuple[bytes, int]:
    """Header of an empty file without a name, and its sum without the size and the sum itself."""
    bare = _general_header("", 0, mtime)
    blank = bare[:_SIZE] + bare[_SIZE + 11 : _SUM] + b" " * 8 + bare[_SUM + 8 :]
    return bare, sum(blank)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
