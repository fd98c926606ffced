"""Decoded maps on a local disk, so that a popular map is as fast as a plain one.

A map is decoded once its parts have been decoded as often as all of it would have been, which
costs twice the least at most. One process does it, the others go on without. An entry belongs
to one state of one file, is complete or not there, and its blocks are compared with their sums
before they are used. What goes wrong here is no error of a map: it is decoded as if nothing were.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO

from sptjobs.formats.kept_file import KeptFile, KeptPlane, complete, read_kept_file
from sptjobs.packs.syncing import sync_path

_log = logging.getLogger(__name__)

_ALL = 1000
"""Bytes in the file of shares that stand for all of a map: their number is all that counts."""
_SHARES_KEPT = 4096
_ROOM_LEFT = 1 << 30
"""Bytes that are left on the disk for others."""
_LAYOUT = 1

Write = Callable[[IO[bytes]], Mapping[str, KeptPlane]]
"""Writes the pixels of a map one after the other, and tells what is where."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A state of a map file.

    Attributes
    ----------
    path, sha256
        The file, and its checksum in the catalogue.
    size, mtime_ns, ctime_ns, inode
        As the file system has them: its time of change (ctime) can be set by nobody.
    hdus
        Which of its images are the map.
    """

    path: str
    sha256: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    hdus: tuple[int | None, int | None]

    @classmethod
    def of(
        cls, stream: IO[bytes], path: str, sha256: str, hdus: tuple[int | None, int | None]
    ) -> "FileState":
        """The state that an open map file is in."""
        about = os.fstat(stream.fileno())
        times = about.st_mtime_ns, about.st_ctime_ns
        return cls(path, sha256, about.st_size, *times, about.st_ino, hdus)

    @property
    def name(self) -> str:
        """Name of its entry, without suffix."""
        return hashlib.sha256(repr((_LAYOUT, astuple(self))).encode()).hexdigest()


class DecodedMaps:
    """A folder of decoded maps, which processes share.

    Attributes
    ----------
    folder
        On a local disk; made when it is needed.
    size_bytes
        Most that the entries take together.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.folder, self.size_bytes = folder, size_bytes
        self._maker: subprocess.Popen[bytes] | None = None

    def find(self, source: FileState) -> KeptFile | None:
        """Open the entry of a map; None where there is none that is whole."""
        path = self._path(source, "map")
        try:
            kept = read_kept_file(path)
            if kept is not None:
                self._used(source)
                return kept
            _log.warning("a decoded map is damaged and removed: %s", path.name)
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("a decoded map cannot be read: %s", error)
        self.discard(source)
        return None

    def discard(self, source: FileState) -> None:
        """Remove the entry of a map."""
        with contextlib.suppress(OSError):
            self._path(source, "map").unlink()

    def is_worth(self, source: FileState, share: float) -> bool:
        """Note that a share of a map was decoded; say whether all of it has been by now."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._path(source, "shares").open("ab") as shares:
                shares.write(bytes(max(1, round(share * _ALL))))
                return shares.tell() >= _ALL
        except OSError as error:
            _log.warning("decoded maps cannot be kept: %s", error)
            return False

    def make(self, source: FileState, size: int, write: Write) -> bool:
        """Make the entry of a map, unless another process does or there is no room for it.

        Parameters
        ----------
        size
            Bytes of its pixels.
        write
            Writes them; whatever it raises leaves no entry.
        """
        path, new = self._path(source, "map"), self._path(source, "new")
        with self._claimed(new) as stream:
            if stream is None or path.exists() or not self._make_room(size, new):
                return False
            # The room is taken at once, so that others count it.
            os.posix_fallocate(stream.fileno(), 0, size)
            complete(stream, write(stream))
            new.rename(path)
        sync_path(self.folder)
        return True

    def have_made(self, program: str, order: str) -> None:
        """Have an entry made by a process of its own, one at a time.

        Not by a thread: decoders of tiles in C keep their state in one place.

        Parameters
        ----------
        program, order
            Module to run, and what it reads; its arguments are this process, and the
            folder and size of this store.
        """
        if self._maker is not None and self._maker.poll() is None:
            return
        where = (str(os.getpid()), str(self.folder), str(self.size_bytes))
        try:
            self._maker = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", program, *where], stdin=PIPE, stdout=DEVNULL
            )
            assert self._maker.stdin is not None
            with self._maker.stdin as orders:
                orders.write(order.encode())
        except OSError as error:
            _log.warning("a map cannot be decoded to be kept: %s", error)

    def finish(self) -> None:
        """Wait for the map that is being made."""
        if self._maker is not None:
            self._maker.wait()

    def close(self) -> None:
        """End the process that makes an entry; what it left unfinished is no entry."""
        if self._maker is not None:
            self._maker.kill()
            self._maker.wait()

    def _path(self, source: FileState, suffix: str) -> Path:
        return self.folder / f"{source.name}.{suffix}"

    def _used(self, source: FileState) -> None:
        """Note the time: entries are removed by their last use."""
        # Beside the entry, whose own time of change says that nobody wrote to it.
        self._path(source, "shares").touch()

    @contextmanager
    def _claimed(self, new: Path) -> Iterator[IO[bytes] | None]:
        """The file to write an entry to, for the one process that has it; it is removed after."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b") as stream:
            if not _locked(stream, new):
                yield None
                return
            try:
                stream.truncate(0)
                yield stream
            finally:
                # It is an entry by now, or was left unfinished.
                if _is_named(stream, new):
                    new.unlink(missing_ok=True)

    def _make_room(self, size: int, new: Path) -> bool:
        """Remove the entries used least lately until there is room; False where there is none."""
        if size > self.size_bytes:
            return False
        with (self.folder / "room").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = self._entries(new)
            total = sum(bytes_ for _, bytes_, _ in entries)
            for _, bytes_, path in sorted(entries):
                if total + size <= self.size_bytes and self._disk_has(size):
                    break
                total -= _removed(path, bytes_)
            self._forget_shares()
        return total + size <= self.size_bytes and self._disk_has(size)

    def _disk_has(self, size: int) -> bool:
        about = os.statvfs(self.folder)
        return about.f_bavail * about.f_frsize >= size + _ROOM_LEFT

    def _entries(self, new: Path) -> list[tuple[float, int, Path]]:
        """Last use, size and path of each entry, and of those that are being made."""
        found = []
        for path in self.folder.iterdir():
            if path.suffix in {".map", ".new"} and path != new:
                with contextlib.suppress(OSError):
                    about = path.stat()
                    found.append((_last_use(path, about.st_mtime), about.st_size, path))
        return found

    def _forget_shares(self) -> None:
        shares = [(path.stat().st_mtime, path) for path in self.folder.glob("*.shares")]
        for _, path in sorted(shares)[:-_SHARES_KEPT]:
            path.unlink(missing_ok=True)


def _locked(stream: IO[bytes], path: Path) -> bool:
    """Whether this process has a file now, and the file is still what its path names."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return _is_named(stream, path)


def _is_named(stream: IO[bytes], path: Path) -> bool:
    """Whether a path names an open file still."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except OSError:
        return False


def _removed(path: Path, size: int) -> int:
    """Remove an entry, unless it is being made; the bytes that are free by it."""
    with contextlib.suppress(OSError), path.open("r+b") as stream:
        if path.suffix == ".map" or _locked(stream, path):
            path.unlink()
            return size
    return 0


def _last_use(path: Path, made: float) -> float:
    with contextlib.suppress(OSError):
        return max(made, path.with_suffix(".shares").stat().st_mtime)
    return made


_kept: DecodedMaps | None = None


def keep_decoded_maps(folder: Path | None, size_bytes: int) -> None:
    """Keep decoded maps from now on in this process; no folder, or no bytes: keep none.

    What was still being made for the folder of before is given up.
    """
    global _kept  # noqa: PLW0603 - one a process, as what a site declares
    if _kept is not None:
        _kept.close()
    _kept = DecodedMaps(folder, size_bytes) if folder is not None and size_bytes > 0 else None


def decoded_maps() -> DecodedMaps | None:
    """Where this process keeps decoded maps."""
    return _kept
