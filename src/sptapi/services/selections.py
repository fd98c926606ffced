"""Which files of a job a selection names."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sptjobs.packs.file_selection import Wanted, stored_files
from sptjobs.packs.outcomes import OutcomeIndexes, RowFilter
from sptjobs.packs.reader import StoredFile
from sptjobs.uws.errors import UnknownResultError


def selected_files(
    indexes: OutcomeIndexes, folders: Sequence[Path], wanted: Wanted
) -> list[StoredFile]:
    """Find the files of a selection, in the order of the packs.

    Raises
    ------
    UnknownResultError
        A path is no file of the job, or nothing is selected.
    """
    names = frozenset(wanted.paths)
    if wanted.rows is not None:
        names = _named_by_rows(indexes, folders, wanted.rows)
    within = tuple(name for name in names if name.endswith("/"))
    found = [
        stored
        for stored in stored_files(folders)
        if stored.entry.name in names or (within and stored.entry.name.startswith(within))
    ]
    missing = _missing(wanted.paths, found)
    if missing is not None:
        raise UnknownResultError(f"PATH: the job has no file {missing[:200]}")
    if not found:
        raise UnknownResultError("the job has no files of this selection")
    return found


def files_etag(files: Sequence[StoredFile]) -> str:
    """Entity tag of a selection."""
    text = "".join(f"{each.entry.name} {each.entry.sha256}\n" for each in files)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _named_by_rows(
    indexes: OutcomeIndexes, folders: Sequence[Path], wanted: RowFilter
) -> frozenset[str]:
    rows = indexes.rows(folders)
    chosen = rows.read(rows.find(wanted))
    return frozenset(name for row in chosen for name in (row.file, row.preview) if name)


def _missing(paths: Sequence[str], found: Sequence[StoredFile]) -> str | None:
    names = {stored.entry.name for stored in found}
    folders = {f"{name[: at + 1]}" for name in names for at, c in enumerate(name) if c == "/"}
    return next((path for path in paths if path not in names and path not in folders), None)
