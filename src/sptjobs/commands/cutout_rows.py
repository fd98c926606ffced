"""Rows of the manifest of ``sptjobs cutout``, in the order of targets and maps.

They stay in a file: of each row are kept its place there and, while they are sorted, its
target and map, 16 bytes each. So a million of them take little memory.
"""

import json
import mmap
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.uws.pair_status import Status

# Quotes inside of texts are escaped, so that names of attributes stand in no text.
_ROW = re.compile(
    rb'\{"target":(\d+),.*?"map_id":("(?:[^"\\]|\\.)*"),.*?"status":"([^"]*)".*?"file":(null)?'
)
_FAILED = b'"status":"%s"' % Status.FAILED.encode()


@dataclass(frozen=True)
class RowsInOrder:
    """Rows, each a line of JSON without its end.

    Attributes
    ----------
    file
        Where they stand, in the order in which they were made.
    places
        First bytes of them in the file, in the order of targets and maps.
    counts
        How many there are of each map and status.
    files
        How many have a stamp.
    """

    file: Path
    places: NDArray[np.int64]
    counts: Mapping[tuple[str, str], int]
    files: int

    @classmethod
    def gathered(
        cls, lines: Iterable[bytes], maps: Sequence[MapRecord], file: Path
    ) -> "RowsInOrder":
        """Write rows into a file, and sort them.

        Parameters
        ----------
        lines
            Rows with their line ends.
        maps
            In the order that the rows of a target have.
        """
        order = {json.dumps(each.map_id).encode(): place for place, each in enumerate(maps)}
        ids = [each.map_id for each in maps]
        keys, offsets, offset = array("q"), array("q"), 0
        counts: Counter[tuple[int, bytes]] = Counter()
        files = 0
        with file.open("wb") as stream:
            for line in lines:
                row = _ROW.match(line)
                assert row is not None, line
                target, map_id, status, no_file = row.groups()
                place = order[map_id]
                keys.append(int(target) * len(maps) + place)
                offsets.append(offset)
                offset += stream.write(line)
                counts[place, status] += 1
                files += no_file is None
        sort = np.argsort(np.frombuffer(keys, np.int64), kind="stable")
        places = np.frombuffer(offsets, np.int64)[sort]
        named = {(ids[place], status.decode()): n for (place, status), n in counts.items()}
        return cls(file, places, named, files)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[bytes]:
        if not len(self):
            return
        with (
            self.file.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            for place in self.places:
                start = int(place)
                yield content[start : content.find(b"\n", start)]

    def of_status(self) -> Counter[str]:
        """How many there are of each status."""
        total: Counter[str] = Counter()
        for (_, status), count in self.counts.items():
            total[status] += count
        return total

    def failed(self) -> Iterator[Outcome]:
        """Those of pairs that failed."""
        return (Outcome.from_line(row) for row in self if _FAILED in row)
