"""Stamps as files in a folder, for the command line."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sptjobs.packs.records import Outcome, PackedFile


class FolderWriter:
    """Writes each file below a folder, and keeps the outcomes.

    Parameters
    ----------
    folder
        An existing folder.
    replaces
        Whether files are written anew that are there already.
    """

    def __init__(self, folder: Path, *, replaces: bool = False) -> None:
        self._folder, self._mode = folder, "wb" if replaces else "xb"
        self.outcomes: list[Outcome] = []

    def add_file(self, name: str, content: bytes, media_type: str, product: str) -> PackedFile:
        """Write a file; its offset means nothing here."""
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open(self._mode) as stream:
            stream.write(content)
        digest = hashlib.sha256(content).hexdigest()
        return PackedFile(name, 0, len(content), digest, media_type, product)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write an index file."""
        text = "".join(f"{line}\n" for line in lines)
        (self._folder / name).write_text(text, encoding="utf-8")

    def add_outcome(self, outcome: Outcome) -> None:
        """Keep a row of the manifest."""
        self.outcomes.append(outcome)
