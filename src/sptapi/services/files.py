"""A job's files: folders, selections, and bytes out of packs, a chunk at a time."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.packs.file_selection import Selection, stored_files
from sptjobs.packs.job_rows import RowFilter
from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.reader import StoredFile, iter_files
from sptjobs.packs.records import PackedFile
from sptjobs.store.jobs import PackRow
from sptjobs.uws.errors import UnavailableError, UnknownResultError

_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Folder:
    """What stands directly in a folder of a job: names of folders, and files."""

    folders: tuple[str, ...]
    files: tuple[PackedFile, ...]


def packs_etag(packs: Sequence[PackRow]) -> str:
    """Entity tag of everything that packs hold: they never change, only grow in number."""
    names = "\n".join(pack.folder for pack in packs)
    return f'"{hashlib.sha256(names.encode()).hexdigest()[:32]}"'


def list_folder(packs: Sequence[Path], path: str, product: str | None = None) -> Folder | None:
    """List a folder of a job; None when nothing stands in it.

    Parameters
    ----------
    path
        Empty for the job's ``out`` folder, else a path with a slash at its end.
    product
        Only files of this product; all when None.
    """
    folders: set[str] = set()
    files: list[PackedFile] = []
    for pack in packs:
        for entry in iter_files(pack):
            if not entry.name.startswith(path) or product not in {None, entry.product}:
                continue
            first, slash, _ = entry.name[len(path) :].partition("/")
            if slash:
                folders.add(first)
            else:
                files.append(entry)
    if path and not folders and not files:
        return None
    return Folder(tuple(sorted(folders)), tuple(sorted(files, key=lambda entry: entry.name)))


def file_chunks(stored: StoredFile, start: int, stop: int) -> Iterator[bytes]:
    """Give bytes of a file out of its pack, from ``start`` up to ``stop``.

    Raises
    ------
    UnavailableError
        The pack is gone, or shorter than its index says.
    """
    try:
        with stored.tar.open("rb", buffering=0) as stream:
            stream.seek(stored.entry.offset + start)
            left = stop - start
            while left:
                chunk = stream.read(min(left, _CHUNK))
                if not chunk:
                    raise UnavailableError(f"the pack of {stored.entry.name} is cut off")
                left -= len(chunk)
                yield chunk
    except OSError as error:
        message = f"the pack of {stored.entry.name} cannot be read: {error.strerror}"
        raise UnavailableError(message) from error


def selected_files(
    indexes: OutcomeIndexes, folders: Sequence[Path], selection: Selection
) -> list[StoredFile]:
    """Find the files of a selection, in the order of the packs.

    Raises
    ------
    UnknownResultError
        A path is no file of the job, or nothing is selected.
    """
    names = frozenset(selection.paths)
    if selection.rows is not None:
        names = _named_by_rows(indexes, folders, selection.rows)
    within = tuple(name for name in names if name.endswith("/"))
    found = [
        stored
        for stored in stored_files(folders)
        if stored.entry.name in names or (within and stored.entry.name.startswith(within))
    ]
    missing = _missing(selection.paths, found)
    if missing is not None:
        raise UnknownResultError(f"PATH: the job has no file {missing[:200]}")
    if not found:
        raise UnknownResultError("the job has no files of this selection")
    return found


def files_etag(files: Sequence[StoredFile], beside: str) -> str:
    """Entity tag of a selection, and of what else makes its bytes."""
    text = f"{beside}\n" + "".join(f"{each.entry.name} {each.entry.sha256}\n" for each in files)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _named_by_rows(
    indexes: OutcomeIndexes, folders: Sequence[Path], row_filter: RowFilter
) -> frozenset[str]:
    rows = indexes.rows(folders)
    chosen = rows.read(indexes.find(rows, row_filter))
    return frozenset(name for row in chosen for name in (row.file, row.preview) if name)


def _missing(paths: Sequence[str], found: Sequence[StoredFile]) -> str | None:
    names = {stored.entry.name for stored in found}
    folders = {f"{name[: at + 1]}" for name in names for at, c in enumerate(name) if c == "/"}
    return next((path for path in paths if path not in names and path not in folders), None)
