"""The folder with the packs of tiles, whose size is bounded: what was not used longest goes."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.tile_packs import PART_PREFIX

_LAYOUT = "1"
"""Changes with what packs hold, so that those of another release are not read."""

_ABANDONED_S = 3600.0
"""Age of a pack that is still being written: whoever began it is gone."""


@dataclass(frozen=True, slots=True)
class TilesKey:
    """The tiles of one plane of one map file.

    Attributes
    ----------
    version
        Another one for each content of the map file.
    """

    version: str

    @classmethod
    def of(cls, record: MapRecord, plane: str) -> "TilesKey":
        """Key of the tiles of a catalogued map."""
        text = "\0".join((_LAYOUT, record.map_id, record.sha256, str(record.mtime_ns), plane))
        return cls(hashlib.sha256(text.encode()).hexdigest()[:32])

    def pack_name(self, row: int | None) -> str:
        """Name of the pack of a row of tiles of the map's own pixels, or of all coarser ones."""
        return f"{self.version}-{'coarse' if row is None else row}.tiles"


def make_room(folder: Path, max_bytes: int, kept: Path) -> None:
    """Remove the packs that were not used longest, until the others take ``max_bytes`` at most.

    Parameters
    ----------
    kept
        One that stays in any case: somebody waits for it.
    """
    found = sorted(_packs(folder), reverse=True)
    room = max_bytes - sum(size for _, size, path in found if path == kept)
    for _, size, path in found:
        if path == kept:
            continue
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)


def _packs(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Time of use, size [byte] and path of each pack; what others left behind is removed."""
    for path in folder.iterdir():
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if path.name.startswith(PART_PREFIX) and status.st_mtime < time.time() - _ABANDONED_S:
            path.unlink(missing_ok=True)
        elif path.suffix == ".tiles":
            yield status.st_mtime, status.st_size, path
