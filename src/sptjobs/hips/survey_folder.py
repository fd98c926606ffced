"""Where the survey of a map is: made whole under another name, then given its own.

Below a root folder each map has a folder of its id; in it stands the survey of one content of
its file, which is called by a digest of that. So a survey is there whole or not at all, and
none is taken for that of a map which has changed since.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sptjobs.hips.survey_files import PROPERTIES
from sptjobs.maps.record import MapRecord
from sptjobs.packs.syncing import sync_path

_CONTENT = "1"
"""Changes with what surveys hold, so that those of another release are not taken for ours."""

_UNFINISHED, _REPLACED, _LOCK = "unfinished-", "replaced-", ".lock"


class RootInUseError(Exception):
    """Another process makes surveys in the folder."""


@dataclass(frozen=True, slots=True)
class SurveyFolder:
    """The folder of a map's survey.

    Attributes
    ----------
    of_map
        Folder of everything that is of this map.
    version
        Another one for each content of the map's file, and each unit.
    """

    of_map: Path
    version: str

    @classmethod
    def of(cls, root: Path, record: MapRecord) -> Self:
        """Folder of a catalogued map, whether there is one or not."""
        text = "\0".join((_CONTENT, record.map_id, record.sha256, record.unit or ""))
        return cls(root / record.map_id, hashlib.sha256(text.encode()).hexdigest()[:32])

    @property
    def path(self) -> Path:
        """The survey itself."""
        return self.of_map / self.version

    @property
    def is_made(self) -> bool:
        """Whether it is there."""
        return (self.path / PROPERTIES).is_file()

    def unfinished(self, order: int) -> Path:
        """Folder to make it in, as deep as an order; what is there already was made before.

        What was begun for another content of the map, or another order, is removed.
        """
        path = self.of_map / f"{_UNFINISHED}{self.version}-{order}"
        for other in self._others(_UNFINISHED):
            if other != path:
                shutil.rmtree(other)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def publish(self, unfinished: Path) -> None:
        """Give a finished survey its name, in place of any other of the map."""
        for path in (*unfinished.rglob("*"), unfinished):
            sync_path(path)
        if self.path.exists():
            # A folder takes the name of another only where that is empty.
            self.path.rename(self.of_map / f"{_REPLACED}{self.version}")
        unfinished.rename(self.path)
        sync_path(self.of_map)
        for other in self._others(""):
            if other != self.path:
                shutil.rmtree(other)

    def _others(self, begin: str) -> list[Path]:
        if not self.of_map.is_dir():
            return []
        return [each for each in self.of_map.iterdir() if each.name.startswith(begin)]


@contextmanager
def only_maker(root: Path) -> Iterator[None]:
    """Make a folder of surveys, and keep other makers out of it.

    Raises
    ------
    RootInUseError
        One is at work.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process makes surveys in {root}; wait until it is done"
            raise RootInUseError(message) from None
        yield
