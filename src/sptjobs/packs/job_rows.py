"""Where the rows of a job stand in its packs, sorted by target: what they are chosen by.

Of each row are kept where it stands, its target and its kind, about 30 bytes; the
rows of a page are read from the packs.
"""

import json
import re
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptjobs.maps.site import declared
from sptjobs.packs.reader import outcome_of_line, unreadable
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import OUTCOMES_FILE

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
class RowRange:
    """The values of a column that are chosen, ends included; infinite ones are open."""

    column: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are chosen; an empty set takes all.

    ``text`` is a part of a target's name in lower case, ``objid`` a whole name. Rows without a
    value in a column of ``ranges`` are not chosen.
    """

    statuses: frozenset[str] = frozenset()
    bands: frozenset[str] = frozenset()
    filetypes: frozenset[str] = frozenset()
    text: str = ""
    objid: str | None = None
    ranges: tuple[RowRange, ...] = ()

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

    def find(self, row_filter: RowFilter, ordered: Sequence[int] | None = None) -> Sequence[int]:
        """Places of the rows that are chosen, in order; ranges are another's to look at.

        Parameters
        ----------
        ordered
            The places of all rows in another order than that in which they stand.
        """
        places: Sequence[int] = range(len(self.targets)) if ordered is None else ordered
        takes = [row_filter.takes(kind) for kind in self.known_kinds]
        if not all(takes):
            places = [place for place in places if takes[self.kinds[place]]]
        of_target = row_filter.target_filter()
        if of_target is not None:
            named = {target for target, objid in self.objids.items() if of_target(objid)}
            places = [place for place in places if self.targets[place] in named]
        return places

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
