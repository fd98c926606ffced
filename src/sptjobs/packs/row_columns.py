"""Columns of a job's rows as numbers, by which rows are sorted and chosen.

A column is an array of a number for each row, in the order of ``JobRows``: times are modified
Julian dates, texts are numbered in their order, and NaN stands where there is none.
"""

import json
import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sptjobs.maps.site import declared
from sptjobs.packs.job_rows import JobRows
from sptjobs.packs.reader import unreadable
from sptjobs.packs.writer import OUTCOMES_FILE
from sptjobs.uws.mjd import modified_julian_date
from sptjobs.uws.pair_status import Status

NUMBERS: Final = (
    "ra", "dec", "xsize", "ysize", "covered", "size", "value", "weight", "error", "snr", "sigma",
    "rms", "depth", "depth_5sigma", "uniformity", "beam", "pixel_scale",
)  # fmt: skip
"""Columns of the manifest that hold numbers."""

TIME: Final = "date_beg"
"""The column that holds a time."""

ROW_SORTS: Final = (
    "target",
    "objid",
    "band",
    "filetype",
    "status",
    "map_id",
    "obsid",
    TIME,
    *NUMBERS,
)
"""Columns by which rows are sorted."""

_SAMPLE, _BUCKETS = 1024, 64
_LEAST_TO_DIVIDE = 20_000


@dataclass(frozen=True, slots=True)
class RowOrder:
    """By which column rows are sorted, and whether the largest comes first."""

    column: str = "target"
    is_descending: bool = False


USUAL_ORDER: Final = RowOrder()
"""The order in which the rows stand."""


def read_column(rows: JobRows, name: str) -> "array[float]":
    """Read a column of a job.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    if name == "target":
        return array("d", rows.targets)
    if name == "objid":
        ranks = _ranks(rows.objids.values())
        return array("d", (ranks[rows.objids[target]] for target in rows.targets))
    if name in {"band", "filetype", "status"}:
        places = _places_of_kinds(rows, name)
        return array("d", (places[kind] for kind in rows.kinds))
    return _numbered(_cells(rows, name), len(rows.targets), name)


def row_order(
    column: Sequence[float], is_descending: bool, *, least_to_divide: int = _LEAST_TO_DIVIDE
) -> "array[int]":
    """Places of rows sorted by a column: equal ones as they stand, those without a value last.

    A sort holds the interpreter's lock until it ends. Many rows are divided before, by values of
    a sample, so that other threads get their turn.
    """
    known = [place for place, value in enumerate(column) if value == value]  # noqa: PLR0124 - NaN
    parts = _divided(known, column) if len(known) > least_to_divide else [known]
    found = array("I")
    for part in reversed(parts) if is_descending else parts:
        part.sort(key=column.__getitem__, reverse=is_descending)
        found.extend(part)
    found.extend(place for place, value in enumerate(column) if value != value)  # noqa: PLR0124
    return found


def _divided(places: list[int], column: Sequence[float]) -> list[list[int]]:
    """Places in buckets of values that rise from bucket to bucket."""
    sample = sorted(column[place] for place in places[:: max(1, len(places) // _SAMPLE)])
    edges = sorted(set(sample[:: max(1, len(sample) // _BUCKETS)]))
    buckets: list[list[int]] = [[] for _ in range(len(edges) + 1)]
    for place in places:
        buckets[bisect_right(edges, column[place])].append(place)
    return buckets


def _places_of_kinds(rows: JobRows, name: str) -> list[int]:
    """Of each kind the place of its band, its file type or its status among those that exist."""
    kinds = declared()
    orders: dict[str, Sequence[str]] = {
        "band": kinds.band_names,
        "filetype": kinds.filetype_names,
        "status": [status.value for status in Status],
    }
    texts = [str(getattr(kind, name)) for kind in rows.known_kinds]
    # What the site no longer declares comes last.
    known = [*orders[name], *sorted(set(texts).difference(orders[name]))]
    return [known.index(text) for text in texts]


def _numbered(cells: Iterable[tuple[int, bytes | None]], count: int, name: str) -> "array[float]":
    column = array("d", [math.nan]) * count
    if name in NUMBERS:
        for place, cell in cells:
            if cell is not None:
                column[place] = float(cell)
        return column
    codes: dict[bytes, int] = {}
    for place, cell in cells:
        if cell is not None:
            column[place] = codes.setdefault(cell, len(codes))
    numbers = _numbers_of(list(map(json.loads, codes)), name)
    return array("d", (code if code != code else numbers[int(code)] for code in column))  # noqa: PLR0124


def _numbers_of(texts: Sequence[str], name: str) -> list[float]:
    if name == TIME:
        return list(map(modified_julian_date, texts))
    ranks = _ranks(texts)
    return [float(ranks[text]) for text in texts]


def _ranks(texts: Iterable[str]) -> dict[str, int]:
    return {text: rank for rank, text in enumerate(sorted(set(texts)))}


def _cells(rows: JobRows, name: str) -> Iterator[tuple[int, bytes | None]]:
    """The place of each row, and its cell as the pack has it; None where it has none."""
    of_pack: list[list[int]] = [[] for _ in rows.folders]
    for place, pack in enumerate(rows.packs):
        of_pack[pack].append(place)
    # No text of a line matches: the quotes inside of texts are escaped.
    find = re.compile(rb'"%s":("(?:[^"\\]|\\.)*"|[^",}]+)' % name.encode()).search
    for folder, places in zip(rows.folders, of_pack, strict=True):
        places.sort(key=rows.offsets.__getitem__)
        yield from zip(places, _cells_of_pack(folder, find, len(places)), strict=True)


def _cells_of_pack(
    folder: Path, find: Callable[[bytes], re.Match[bytes] | None], count: int
) -> list[bytes | None]:
    try:
        with (folder / OUTCOMES_FILE).open("rb") as stream:
            found = [find(line) for line in stream if line.endswith(b"\n")]
    except OSError as error:
        raise unreadable(folder, OUTCOMES_FILE, error.strerror) from error
    if len(found) != count:
        raise unreadable(folder, OUTCOMES_FILE, f"it has {len(found)} rows and had {count}")
    return [None if each is None or each[1] == b"null" else each[1] for each in found]
