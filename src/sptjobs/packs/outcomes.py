"""Rows of a job's manifest by page: sorted by target, filtered, without reading them all.

Of each row are kept where it stands, its target and its kind, about 30 bytes; the
rows of a page are read from the packs. Packs never change, so what was kept of a
job stays right until it has another pack.
"""

import json
import re
import threading
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.maps.site import declared
from sptjobs.packs.reader import outcome_of_line, unreadable
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import OUTCOMES_FILE

MAX_ROWS = 1_000_000
"""Rows of a job that can be paged through; a longer manifest is for downloading."""

_DEFAULT_CACHE_BYTES = 64 << 20
_BYTES_PER_ROW, _BYTES_PER_TARGET = 18, 140

# Fields stand in this order, and quotes inside of texts are escaped.
_ROW = re.compile(
    rb'\{"target":(\d+),"objid":("(?:[^"\\]|\\.)*"),.*?,"band":"([^"\\]*)","filetype":"([^"\\]*)",'
    rb'.*?,"status":"([^"\\]*)"'
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows are filtered by, besides their target."""

    band: str
    filetype: str
    status: str


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are chosen; an empty set takes all.

    ``text`` is a part of a target's name in lower case, ``objid`` a whole name.
    """

    statuses: frozenset[str] = frozenset()
    bands: frozenset[str] = frozenset()
    filetypes: frozenset[str] = frozenset()
    text: str = ""
    objid: str | None = None

    def takes(self, kind: Kind) -> bool:
        """Whether rows of a kind are chosen."""
        return (
            (not self.statuses or kind.status in self.statuses)
            and (not self.bands or kind.band in self.bands)
            and (not self.filetypes or kind.filetype in self.filetypes)
        )

    def target_filter(self) -> Callable[[str], bool] | None:
        """What targets' names have to be, None for anything."""
        if self.objid is not None:
            return lambda name: name == self.objid
        return (lambda name: self.text in name.lower()) if self.text else None


@dataclass(frozen=True, slots=True)
class JobRows:
    """The rows of a job, sorted by target, band and file type.

    Attributes
    ----------
    targets, kinds, packs, offsets
        Of each row: its target, its kind, its pack, and where it stands there.
    counts
        Rows of each kind.
    """

    folders: tuple[Path, ...]
    objids: dict[int, str]
    known_kinds: tuple[Kind, ...]
    targets: "array[int]"
    kinds: "array[int]"
    packs: "array[int]"
    offsets: "array[int]"
    counts: Counter[Kind]

    @property
    def kept_bytes(self) -> int:
        """About the memory that this takes."""
        return _BYTES_PER_ROW * len(self.targets) + _BYTES_PER_TARGET * len(self.objids)

    def find(self, row_filter: RowFilter) -> Sequence[int]:
        """Places of the rows that are chosen, in order."""
        takes = [row_filter.takes(kind) for kind in self.known_kinds]
        of_target = row_filter.target_filter()
        if of_target is None:
            if all(takes):
                return range(len(self.targets))
            return [place for place, kind in enumerate(self.kinds) if takes[kind]]
        named = {target for target, objid in self.objids.items() if of_target(objid)}
        pairs = zip(self.targets, self.kinds, strict=True)
        return [
            place for place, (target, kind) in enumerate(pairs) if takes[kind] and target in named
        ]

    def read(self, places: Sequence[int]) -> list[Outcome]:
        """Read rows from their packs.

        Raises
        ------
        UnavailableError
            A pack is gone.
        """
        rows: dict[int, Outcome] = {}
        for pack in sorted({self.packs[place] for place in places}):
            folder = self.folders[pack]
            try:
                with (folder / OUTCOMES_FILE).open("rb") as stream:
                    for place in places:
                        if self.packs[place] == pack:
                            stream.seek(self.offsets[place])
                            rows[place] = outcome_of_line(stream.readline(), folder)
            except OSError as error:
                raise unreadable(folder, OUTCOMES_FILE, error.strerror) from error
        return [rows[place] for place in places]


class OutcomeIndexes:
    """Keeps the rows of the jobs last looked at. Safe to use from several threads."""

    def __init__(self, max_bytes: int = _DEFAULT_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Path, JobRows] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def kept_bytes(self) -> int:
        """About the memory that the kept rows take."""
        return self._bytes

    def rows(self, folders: Sequence[Path]) -> JobRows:
        """The rows of a job's packs, in the order of its parts.

        Raises
        ------
        UnavailableError
            A pack is gone.
        """
        if not folders:
            return read_rows(())
        job = folders[0].parent
        with self._lock:
            kept = self._kept.get(job)
            if kept is not None and kept.folders == tuple(folders):
                self._kept.move_to_end(job)
                return kept
        found = read_rows(tuple(folders))
        with self._lock:
            self._keep(job, found)
        return found

    def _keep(self, job: Path, found: JobRows) -> None:
        before = self._kept.pop(job, None)
        if before is not None:
            self._bytes -= before.kept_bytes
        if found.kept_bytes <= self._max_bytes:
            self._kept[job] = found
            self._bytes += found.kept_bytes
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].kept_bytes


def read_rows(folders: tuple[Path, ...]) -> JobRows:
    """Read where the rows of packs stand, and sort them."""
    codes: dict[Kind, int] = {}
    objids: dict[int, str] = {}
    entries: list[tuple[int, int, int, int]] = []
    for number, folder in enumerate(folders):
        _scan(folder, number, codes, objids, entries)
    ranks = [declared().place(kind.band, kind.filetype) for kind in codes]
    # Within a kind the maps stay in the order of the manifest.
    entries.sort(key=lambda entry: (entry[0], ranks[entry[1]]))
    counts = Counter(entry[1] for entry in entries)
    kinds = tuple(codes)
    return JobRows(
        folders,
        objids,
        kinds,
        array("I", (entry[0] for entry in entries)),
        array("H", (entry[1] for entry in entries)),
        array("I", (entry[2] for entry in entries)),
        array("Q", (entry[3] for entry in entries)),
        Counter({kinds[code]: count for code, count in counts.items()}),
    )


def _scan(
    folder: Path,
    number: int,
    codes: dict[Kind, int],
    objids: dict[int, str],
    entries: list[tuple[int, int, int, int]],
) -> None:
    offset = 0
    seen: dict[tuple[bytes, bytes, bytes], int] = {}
    try:
        with (folder / OUTCOMES_FILE).open("rb") as stream:
            for line in stream:
                match = _ROW.match(line)
                if match is None or not line.endswith(b"\n"):
                    raise unreadable(folder, OUTCOMES_FILE, "a line cannot be read")
                target, objid, *words = match.groups()
                band, filetype, status = words
                code = seen.get((band, filetype, status))
                if code is None:
                    kind = Kind(band.decode(), filetype.decode(), status.decode())
                    code = seen[band, filetype, status] = codes.setdefault(kind, len(codes))
                index = int(target)
                if index not in objids:
                    objids[index] = json.loads(objid)
                entries.append((index, code, number, offset))
                offset += len(line)
    except OSError as error:
        raise unreadable(folder, OUTCOMES_FILE, error.strerror) from error
