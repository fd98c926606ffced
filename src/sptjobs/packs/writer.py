"""Writing a pack: once, in order, and durably."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tarfile import BLOCKSIZE
from types import TracebackType
from typing import IO, Self

from sptjobs.packs.member_header import are_plain, member_header
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.packed_files import FileContents, FilesInParts, PackedFiles
from sptjobs.packs.points import POINTS_FILE, Point, points_lines
from sptjobs.packs.records import Content, PackedFile
from sptjobs.packs.syncing import sync_together

TAR_FILE, FILES_FILE = "pack.tar", "files.jsonl"
OUTCOMES_FILE, PLAN_FILE = "outcomes.jsonl", "plan.jsonl"

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
        return next(self.add_files([name], [content], media_type, product).rows())

    def add_files(
        self, names: Sequence[str], contents: FileContents, media_type: str, product: str
    ) -> PackedFiles:
        """Append files as tar members, by few writes, and return their lines of the index."""
        if isinstance(contents, FilesInParts) and are_plain(names, contents.size):
            packed = self._add_parts(names, contents, media_type, product)
        else:
            # Those in parts are not kept by who makes them.
            kept = contents if isinstance(contents, Sequence) else list(map(bytes, contents))
            pieces, offsets, end = _members(names, kept, self.size_bytes)
            digests = list(map(_digest, kept))
            _write_all(self._tar.fileno(), pieces)
            self.size_bytes = end
            packed = PackedFiles(names, offsets, list(map(len, kept)), digests, media_type, product)
        self._files.write(packed.ended_lines())
        self.files += len(names)
        return packed

    def _add_parts(
        self, names: Sequence[str], contents: FilesInParts, media_type: str, product: str
    ) -> PackedFiles:
        """Append members as they are written: a processor still has them at hand."""
        digests: list[str] = []
        offsets: list[int] = []
        for some in contents.parts():
            some.write_headers(names[len(digests) : len(digests) + len(some)])
            digests += map(_digest, some)
            _write_all(self._tar.fileno(), [some.content])
            first = self.size_bytes + some.begin
            offsets += [first + place * some.step for place in range(len(some))]
            self.size_bytes += len(some.content)
        sizes = [contents.size] * len(contents)
        return PackedFiles(names, offsets, sizes, digests, media_type, product)

    def add_outcomes(self, outcomes: OutcomeColumns) -> None:
        """Append rows of the manifest."""
        self._outcomes.write(outcomes.ended_lines())
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


def _digest(content: Content) -> str:
    return hashlib.sha256(content).hexdigest()


def _members(
    names: Sequence[str], contents: Sequence[Content], begin: int
) -> tuple[list[Content], list[int], int]:
    """The pieces of tar members from a place on, where the files begin, and where all end."""
    pieces: list[Content] = []
    offsets = []
    for name, content in zip(names, contents, strict=True):
        header, padding = member_header(name, len(content)), bytes(-len(content) % BLOCKSIZE)
        pieces += header, content, padding
        offsets.append(begin + len(header))
        begin = offsets[-1] + len(content) + len(padding)
    return pieces, offsets, begin


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
