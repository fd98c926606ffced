"""Stamps as files in a folder, for the command line."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.packed_files import FileContents, PackedFiles


class FolderWriter:
    """Writes each file below a folder, and keeps the rows of the manifest.

    Parameters
    ----------
    folder
        An existing folder.
    replaces
        Whether files are written anew that are there already.

    Attributes
    ----------
    lines
        Rows of the manifest, each a line of JSON.
    """

    def __init__(self, folder: Path, *, replaces: bool = False) -> None:
        self._folder, self._mode = folder, "wb" if replaces else "xb"
        self.lines: list[str] = []

    def add_files(
        self, names: Sequence[str], contents: FileContents, media_type: str, product: str
    ) -> PackedFiles:
        """Write files; their offsets mean nothing here."""
        digests, sizes = [], []
        for name, content in zip(names, contents, strict=True):
            path = self._folder / name
            path.parent.mkdir(exist_ok=True)
            with path.open(self._mode, buffering=0) as stream:
                stream.write(content)
            digests.append(hashlib.sha256(content).hexdigest())
            sizes.append(len(content))
        return PackedFiles(names, [0] * len(names), sizes, digests, media_type, product)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write an index file."""
        text = "".join(f"{line}\n" for line in lines)
        (self._folder / name).write_text(text, encoding="utf-8")

    def add_outcomes(self, outcomes: OutcomeColumns) -> None:
        """Keep rows of the manifest."""
        self.lines += outcomes.lines()
