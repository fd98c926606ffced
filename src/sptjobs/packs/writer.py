"""Writing a pack: once, in order, and durably."""

import hashlib
import os
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.points import POINTS_FILE, Point, points_lines
from sptjobs.packs.records import Content, PackedFile, lines_of
from sptjobs.packs.syncing import sync_together

TAR_FILE, FILES_FILE = "pack.tar", "files.jsonl"
OUTCOMES_FILE, PLAN_FILE = "outcomes.jsonl", "plan.jsonl"

# Of a tar member's header: the longest name that one of no extension holds, the size that it
# has no digits for, and where size and sum stand.
_MAX_NAME, _MAX_SIZE, _SIZE, _SUM = 100, 8**11, 124, 148

_MAX_PIECES = 1023
"""Most pieces that one call writes: Linux takes 1,024."""


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
        self._tar = self._stream(TAR_FILE, buffering=0)
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

    def add_file(self, name: str, content: Content, media_type: str, product: str) -> PackedFile:
        """Append a file as a tar member, and return its line of the index.

        Parameters
        ----------
        name
            Path below the job's ``out`` folder.
        """
        return self.add_files([name], [content], media_type, product)[0]

    def add_files(
        self, names: Sequence[str], contents: Sequence[Content], media_type: str, product: str
    ) -> list[PackedFile]:
        """Append files as tar members, all by one write, and return their lines of the index."""
        pieces: list[Content] = []
        offsets = []
        for name, content in zip(names, contents, strict=True):
            header = member_header(name, len(content))
            padding = bytes(-len(content) % tarfile.BLOCKSIZE)
            pieces += header, content, padding
            offsets.append(self.size_bytes + len(header))
            self.size_bytes = offsets[-1] + len(content) + len(padding)
        sizes = list(map(len, contents))
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        _write_all(self._tar.fileno(), pieces)
        columns = {"name": names, "offset": offsets, "size": sizes, "sha256": digests}
        alike = {"media_type": media_type, "product": product}
        self._files.write(_ended(lines_of(PackedFile, len(names), alike, columns)))
        self.files += len(names)
        rows = zip(names, offsets, sizes, digests, strict=True)
        return [PackedFile(*row, media_type, product) for row in rows]

    def add_outcomes(self, outcomes: OutcomeColumns) -> None:
        """Append rows of the manifest."""
        self._outcomes.write(_ended(outcomes.lines()))
        self.outcomes += outcomes.statuses()

    def write_plan(self, lines: Iterable[str]) -> None:
        """Write the plan of the whole job: line n is that of part n."""
        self.write_lines(PLAN_FILE, lines)

    def write_points(self, points: Iterable[Point]) -> None:
        """Write the points of light curves, in any order."""
        self.write_lines(POINTS_FILE, points_lines(points))

    def close(self) -> None:
        """Bring everything to the disk; the pack is complete when this returns."""
        with self._open:
            for stream in self._streams:
                stream.flush()
                self.disk_bytes += stream.tell()
            folders = [self.folder, *self.folder.parents[: 2 if self._new_parent else 1]]
            sync_together([stream.fileno() for stream in self._streams], folders)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write an index file of the pack."""
        self._stream(name).writelines(line.encode() + b"\n" for line in lines)

    def _stream(self, name: str, buffering: int = 1 << 18) -> IO[bytes]:
        path = self.folder / name
        stream = self._open.enter_context(path.open("xb", buffering=buffering))
        self._streams.append(stream)
        return stream


def _ended(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _write_all(descriptor: int, pieces: Sequence[Content]) -> None:
    """Write pieces one after the other, without copying them together first."""
    for begin in range(0, len(pieces), _MAX_PIECES):
        left = [memoryview(piece) for piece in pieces[begin : begin + _MAX_PIECES]]
        while left:
            written = os.writev(descriptor, left)
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if left:
                left[0] = left[0][written:]


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
