"""Where the files and outcomes of a part go."""

from collections.abc import Iterable
from typing import Protocol

from sptjobs.packs.records import Outcome, PackedFile


class Sink(Protocol):
    """A pack of the service, or a folder of the command line."""

    def add_file(self, name: str, content: bytes, media_type: str, product: str) -> PackedFile:
        """Take a file."""

    def add_outcome(self, outcome: Outcome) -> None:
        """Take a row of the manifest."""

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Take an index file that holds for the whole part."""
