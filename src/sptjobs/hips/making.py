"""Having surveys made, in a process that is capped, timed, and replaced when it dies."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sptjobs.children.ordered_process import OrderedProcess, ProcessEndedError
from sptjobs.hips.survey_files import order_for
from sptjobs.hips.survey_folder import SurveyFolder
from sptjobs.hips.survey_properties import properties_of
from sptjobs.maps.map_error import MapError
from sptjobs.maps.moc import cells_met
from sptjobs.maps.record import MapRecord

_PROGRAM = "sptjobs.hips.building.survey_main"
_AT_ONCE = 16
"""Deepest tiles of an order: the map is opened once for them."""
_OPENING_S, _TILE_S = 600.0, 60.0
"""Seconds that an order may take, and more of them for each of its tiles."""

TilesDone = Callable[[int, int], None]
"""Takes how many of the deepest tiles are done, and of how many."""


@dataclass(frozen=True, slots=True)
class SurveyMaker:
    """Makes the surveys of an archive's coadds.

    Attributes
    ----------
    process
        What runs ``sptjobs.hips.building.survey_main``.
    root
        Folder of the surveys.
    """

    process: OrderedProcess
    root: Path

    def make(self, record: MapRecord, order: int | None, progress: TilesDone) -> bool:
        """Make the survey of a coadd; say whether there was anything to do.

        What an earlier run has begun is continued. An old survey stays until the new one is
        whole.

        Parameters
        ----------
        order
            Of its deepest tiles; by default that whose pixels are no wider than the map's.

        Raises
        ------
        MapError
            It cannot be made.
        """
        if record.moc is None:
            # An earlier release catalogued it.
            raise MapError("its coverage is not catalogued; run `sptjobs archive ingest` first")
        depth = order_for(record.pixel_scale_arcmin) if order is None else order
        folder = SurveyFolder.of(self.root, record)
        if (properties_of(folder.path) or {}).get("hips_order") == str(depth):
            return False
        unfinished = folder.unfinished(depth)
        cells = cells_met(record.moc, depth)
        done = 0
        for some in _batches(cells):
            self._order(record, depth, some, unfinished, is_last=False)
            done += len(some)
            progress(done, len(cells))
        self._order(record, depth, cells, unfinished, is_last=True)
        folder.publish(unfinished)
        return True

    def _order(
        self, record: MapRecord, depth: int, cells: list[int], folder: Path, *, is_last: bool
    ) -> None:
        order = {
            "record": record.to_fields(),
            "beside": {"moc": record.moc, "block_sums": record.block_sums},
            "order": depth,
            "cells": cells,
            "folder": os.fspath(folder),
            "is_last": is_last,
        }
        try:
            response = self.process.carry_out(order, _OPENING_S + _TILE_S * len(cells))
        except ProcessEndedError as error:
            raise MapError(f"making its survey {error}") from None
        if "reason" in response:
            raise MapError(response["reason"])


def survey_process(archive: Path, authority: str, memory_bytes: int) -> OrderedProcess:
    """The process that makes surveys.

    Parameters
    ----------
    authority
        In the identifiers of the archive's maps.
    memory_bytes
        Cap on its private memory.
    """
    return OrderedProcess(_PROGRAM, memory_bytes, (os.fspath(archive), authority))


def _batches(cells: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(cells), _AT_ONCE):
        yield cells[start : start + _AT_ONCE]
