"""All or some of a job's files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.packs.job_rows import RowFilter
from sptjobs.packs.reader import StoredFile, iter_files
from sptjobs.packs.writer import TAR_FILE


@dataclass(frozen=True, slots=True)
class Selection:
    """Files by their paths, or by the rows of the manifest that name them."""

    paths: tuple[str, ...]
    rows: RowFilter | None


def stored_files(folders: Sequence[Path]) -> Iterator[StoredFile]:
    """Every file of some packs, in the order of the parts.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    for folder in folders:
        for entry in iter_files(folder):
            yield StoredFile(entry, folder / TAR_FILE)
