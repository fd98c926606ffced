"""Reading maps in a process of its own, which is capped, timed, and replaced when it dies."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import NOTHING_STATED, Statement

_PROGRAM = "sptjobs.archive.map_reader_main"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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


class MapReader:
    """Reads one file after the other in a process that is kept for the next.

    Parameters
    ----------
    limits
        What reading one file may take.
    archive
        Folder whose ``collection.toml`` declares bands and kinds; None for those of SPT-3G.
    """

    def __init__(self, limits: ReadingLimits, archive: Path | None = None) -> None:
        self._limits, self._archive = limits, archive
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()

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
        process = self._started()
        assert process.stdin is not None
        # The process ends itself by then, also when nobody is left to end it.
        order: dict[str, Any] = {"file": os.fspath(file), "path": path}
        order |= {"alarm_s": int(seconds) + 5, "old": None if old is None else old.to_fields()}
        order["stated"] = stated.to_fields()
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            raise MapError(self._died()) from None
        return _record_of(self._response(process, seconds))

    def start(self) -> None:
        """Start the process, so that the first file need not wait for it."""
        self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-m", _PROGRAM),
                    *(str(os.getpid()), str(self._limits.memory_bytes)),
                    *(() if self._archive is None else (os.fspath(self._archive),)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                process_group=0,
                bufsize=0,
            )
        return self._process

    def _response(self, process: subprocess.Popen[bytes], seconds: float) -> Mapping[str, Any]:
        assert process.stdout is not None
        line, deadline = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                self._end()
                raise MapError(f"reading it took longer than {seconds:.0f} s")
            more = os.read(process.stdout.fileno(), 1 << 20)
            if not more:
                raise MapError(self._died())
            line += more
        response: dict[str, Any] = json.loads(line)
        return response

    def _died(self) -> str:
        assert self._process is not None
        code = self._process.wait()
        self._end()
        if code < 0:
            return f"reading it ended the reading process by {signal.Signals(-code).name}"
        return f"reading it ended the reading process with code {code}"

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def _record_of(response: Mapping[str, Any]) -> MapRecord:
    if "reason" in response:
        raise MapError(response["reason"])
    record = MapRecord.from_fields(response["record"])
    return replace(record, **response["beside"])
