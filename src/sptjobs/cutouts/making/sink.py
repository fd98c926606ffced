"""Where the files and outcomes of a part go."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.packed_files import FileContents, PackedFiles


class Sink(Protocol):
    """A pack of the service, or a folder of the command line."""

    def add_files(
        self, names: Sequence[str], contents: FileContents, media_type: str, product: str
    ) -> PackedFiles:
        """Take files of one kind."""

    def add_outcomes(self, outcomes: OutcomeColumns) -> None:
        """Take rows of the manifest."""

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Take an index file that holds for the whole part."""
