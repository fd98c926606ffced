"""Rows of a job's manifest by page: sorted, filtered, without reading them all.

Packs never change, so what was kept of a job stays right until it has another pack.
"""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sptjobs.packs.job_rows import JobRows, RowFilter, read_rows
from sptjobs.packs.row_columns import USUAL_ORDER, RowOrder, read_column, row_order

MAX_ROWS = 1_000_000
"""Rows of a job that can be paged through; a longer manifest is for downloading."""

_DEFAULT_CACHE_BYTES = 128 << 20
"""Enough for the largest job, three of its columns and its orders by these."""

_Kept = TypeVar("_Kept")


class OutcomeIndexes:
    """Keeps the rows of the jobs last looked at, their columns and their orders by these.

    Safe to use from several threads.
    """

    def __init__(self, max_bytes: int = _DEFAULT_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[Path, str], tuple[Sequence[Path], int, object]] = (
            OrderedDict()
        )
        self._lock = threading.Lock()

    @property
    def kept_bytes(self) -> int:
        """About the memory that all that is kept takes."""
        return self._bytes

    def rows(self, folders: Sequence[Path]) -> JobRows:
        """The rows of a job's packs, in the order of its parts.

        Raises
        ------
        UnavailableError
            A pack is gone.
        """
        packs = tuple(folders)
        return self._get(packs, "", lambda: read_rows(packs))

    def find(
        self, rows: JobRows, row_filter: RowFilter, order: RowOrder = USUAL_ORDER
    ) -> Sequence[int]:
        """Places of the rows that are chosen, in an order.

        Raises
        ------
        UnavailableError
            A pack is gone.
        """
        ordered = None if order == USUAL_ORDER else self._order(rows, order)
        places = rows.find(row_filter, ordered)
        for each in row_filter.ranges:
            column, least, most = self._column(rows, each.column), each.least, each.most
            places = [place for place in places if least <= column[place] <= most]
        return places

    def _column(self, rows: JobRows, name: str) -> "array[float]":
        return self._get(rows.folders, name, lambda: read_column(rows, name))

    def _order(self, rows: JobRows, order: RowOrder) -> "array[int]":
        column = self._column(rows, order.column)
        found = f"{order.column} {'descending' if order.is_descending else 'ascending'}"
        return self._get(rows.folders, found, lambda: row_order(column, order.is_descending))

    def _get(self, folders: Sequence[Path], what: str, make: Callable[[], _Kept]) -> _Kept:
        if not folders:
            return make()
        key = folders[0].parent, what
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == folders:
                self._kept.move_to_end(key)
                return kept[2]  # type: ignore[return-value] # what ``make`` made under this key
        made = make()
        with self._lock:
            self._keep(key, (folders, _bytes_of(made), made))
        return made

    def _keep(self, key: tuple[Path, str], made: tuple[Sequence[Path], int, object]) -> None:
        job, folders = key[0], made[0]
        for old in [each for each in self._kept if each[0] == job]:
            if old == key or self._kept[old][0] != folders:
                self._bytes -= self._kept.pop(old)[1]
        if made[1] <= self._max_bytes:
            self._kept[key] = made
            self._bytes += made[1]
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][1]


def _bytes_of(made: object) -> int:
    if isinstance(made, JobRows):
        return made.kept_bytes
    assert isinstance(made, array)
    return made.itemsize * len(made)
