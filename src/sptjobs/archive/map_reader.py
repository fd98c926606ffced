"""Reading maps in a process of its own, which is capped, timed, and replaced when it dies."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sptjobs.children.ordered_process import OrderedProcess, ProcessEndedError
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import NOTHING_STATED, Statement

_PROGRAM = "sptjobs.archive.map_reader_main"


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading one file may take.

    Attributes
    ----------
    memory_bytes
        Cap on private memory (RLIMIT_DATA).
    seconds, bytes_per_second
        Deadline [s] of a small file, and how fast a bigger one must be read at least.
    max_seconds
        Deadline [s] of any file: its size may be a lie.
    """

    memory_bytes: int = 1 << 30
    seconds: float = 120.0
    bytes_per_second: float = 4e6
    max_seconds: float = 3600.0

    def deadline_s(self, size_bytes: int) -> float:
        """Seconds for a file of a size."""
        return min(self.seconds + size_bytes / self.bytes_per_second, self.max_seconds)


class MapReader(OrderedProcess):
    """Reads one file after the other in a process that is kept for the next.

    Parameters
    ----------
    limits
        What reading one file may take.
    archive
        Folder whose ``collection.toml`` declares bands and kinds; None for those of SPT-3G.
    forked
        As ``OrderedProcess`` takes it: ``sptjobs.archive.map_reader_main.main``.
    """

    def __init__(
        self,
        limits: ReadingLimits,
        archive: Path | None = None,
        forked: Callable[[Sequence[str]], int] | None = None,
    ) -> None:
        arguments = () if archive is None else (os.fspath(archive),)
        super().__init__(_PROGRAM, limits.memory_bytes, arguments, forked)
        self._limits = limits

    def read(
        self,
        file: Path,
        path: str,
        old: MapRecord | None = None,
        stated: Statement = NOTHING_STATED,
    ) -> MapRecord:
        """Read a map, as ``sptjobs.archive.scan.read_map`` does.

        Raises
        ------
        MapError
            It is no map, or reading it took too long or too much memory.
        """
        seconds = self._limits.deadline_s(file.stat().st_size)
        order: dict[str, Any] = {"file": os.fspath(file), "path": path}
        order |= {"old": None if old is None else old.to_fields(), "stated": stated.to_fields()}
        try:
            return _record_of(self.carry_out(order, seconds))
        except ProcessEndedError as error:
            raise MapError(f"reading it {error}") from None


def _record_of(response: Mapping[str, Any]) -> MapRecord:
    if "reason" in response:
        raise MapError(response["reason"])
    record = MapRecord.from_fields(response["record"])
    return replace(record, **response["beside"])
