"""Rows of a table that stay in memory, packed."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from sptjobs.uws.errors import ParameterError

_ROWS_AT_ONCE = 256


class PackedRows:
    """Rows of a table, for going through them several times.

    Parameters
    ----------
    rows
        Cells, or why a row cannot be read.
    """

    def __init__(self, rows: Iterable[list[str] | ParameterError]) -> None:
        self._problems: dict[int, ParameterError] = {}
        self._packed: list[bytes] = []
        self._count = 0
        source = iter(rows)
        while some := list(islice(source, _ROWS_AT_ONCE)):
            self._packed.append(self._pack(some))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[str] | ParameterError]:
        rows = chain.from_iterable(map(json.loads, self._packed))
        for number, cells in enumerate(rows):
            yield self._problems[number] if cells is None else cells

    def _pack(self, rows: list[list[str] | ParameterError]) -> bytes:
        cells = [None if isinstance(row, ParameterError) else row for row in rows]
        for number, row in enumerate(rows, start=self._count):
            if isinstance(row, ParameterError):
                self._problems[number] = row
        self._count += len(rows)
        return json.dumps(cells, separators=(",", ":")).encode()
