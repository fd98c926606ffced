"""The packs of jobs on the disk: those that are there, and those that are lost.

A pack that the database names can be missing: a disk broke, or somebody removed it. What else
a job made is served all the same, and what is missing is named.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sptapi.metrics import LOST_PACKS
from sptjobs.packs.writer import FILES_FILE, OUTCOMES_FILE, TAR_FILE
from sptjobs.store.jobs import PackRow
from sptjobs.uws.errors import LostResultError, UnavailableError

_log = logging.getLogger(__name__)

_REMEMBERED = 10_000
"""Lost packs that are logged once."""


@dataclass(frozen=True, slots=True)
class StoredPacks:
    """A job's packs that are there, in the order of the parts, and those that are lost."""

    results: Path
    there: tuple[PackRow, ...]
    lost: tuple[PackRow, ...] = ()

    @property
    def folders(self) -> list[Path]:
        """Folders of the packs that are there."""
        return [self.results / pack.folder for pack in self.there]

    @property
    def lost_parts(self) -> list[int]:
        """Numbers of the parts whose packs are lost."""
        return sorted(pack.part for pack in self.lost)

    def lost_error(self, job_id: str, what: str) -> LostResultError:
        """Make the error for something that may be in a lost pack, as ``the file a.fits``."""
        parts = ", ".join(map(str, self.lost_parts))
        return LostResultError(
            f"{what} of job {job_id} cannot be found, and the files of its part {parts} are lost; "
            f"make them again by a new job with RETRY_OF={job_id}"
        )


@dataclass(frozen=True, slots=True)
class PackStore:
    """Looks for packs in the results folder, and raises the alarm for lost ones."""

    results: Path
    reported: set[str] = field(default_factory=set)

    def look(self, packs: Sequence[PackRow]) -> StoredPacks:
        """Find out which of a job's packs are there.

        Raises
        ------
        UnavailableError
            The results folder cannot be read, or nothing is in it: it is not mounted.
        """
        lost = [pack for pack in packs if not self._is_there(pack)]
        if lost and not self._is_mounted():
            raise UnavailableError("the results folder is empty or missing; try again later")
        for pack in lost:
            self._report(pack)
        there = tuple(pack for pack in packs if pack not in lost)
        return StoredPacks(self.results, there, tuple(lost))

    def _is_there(self, pack: PackRow) -> bool:
        folder = self.results / pack.folder
        try:
            whole = (folder / TAR_FILE).stat().st_size >= pack.size_bytes
            return whole and all(
                (folder / name).stat().st_size >= 0 for name in (FILES_FILE, OUTCOMES_FILE)
            )
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            message = f"the pack {pack.folder} cannot be read: {error.strerror}"
            raise UnavailableError(message) from error

    def _is_mounted(self) -> bool:
        try:
            return any(True for _ in self.results.iterdir())
        except OSError:
            return False

    def _report(self, pack: PackRow) -> None:
        if pack.folder in self.reported:
            return
        if len(self.reported) < _REMEMBERED:
            self.reported.add(pack.folder)
        LOST_PACKS.inc()
        _log.error("the pack %s is lost or cut off; its job is served without it", pack.folder)
