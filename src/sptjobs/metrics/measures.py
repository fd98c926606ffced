"""What is measured when Prometheus asks: nothing is counted while nobody does.

The server of ``/metrics`` asks from its own thread; the event loop that owns the
database's connections responds. What cannot be measured is left out: a gauge never
tells of what was some time ago.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from sptjobs import __version__
from sptjobs.uws.errors import UnavailableError

_T = TypeVar("_T")
_D = TypeVar("_D")

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5.0
"""With the checks below the 10 s that Prometheus waits for a response."""

_CHECK_TIMEOUT_S: Final = 2.0

_UP: Final = {
    "database": ("spt_database_up", "Whether the database responds"),
    "broker": ("spt_broker_up", "Whether the broker responds"),
}
_FREE: Final = ("spt_results_free_bytes", "Bytes free on the file system of the results")
_SIZE: Final = ("spt_results_size_bytes", "Bytes of the file system of the results")
_JOBS: Final = ("sptjobs_jobs", "Jobs by their phase", ["phase"])
_LEFT: Final = ("sptjobs_parts_left", "Parts that queued and executing jobs have left", ["lane"])
_RUNNING: Final = ("sptjobs_parts_running", "Parts that workers are at")
_OLDEST: Final = (
    "sptjobs_oldest_queued_job_age_seconds",
    "How long the job has been QUEUED that has waited longest to begin; 0 when none waits",
)
_MESSAGES: Final = ("sptjobs_broker_messages", "Messages that wait in the broker", ["queue"])
_SLOTS: Final = ("sptjobs_slots", "Slots that execute workers have announced lately")


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits and what runs, by the database and the broker; of all workers together.

    Attributes
    ----------
    messages, slots
        Empty and None where the broker does not respond.
    """

    phases: Mapping[str, int]
    parts_left: Mapping[str, int]
    running: int
    oldest_s: float
    messages: Mapping[str, int]
    slots: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Measured(Collector):
    """What every process measures: its release, what it reaches, and the results' disk.

    Parameters
    ----------
    checks
        By name, what gives None when ``database`` or ``broker`` can be reached.
    results
        Folder of the results.
    """

    checks: Mapping[str, Callable[[], Coroutine[Any, Any, str | None]]]
    results: Path
    loop: asyncio.AbstractEventLoop

    def describe(self) -> Iterable[Metric]:
        """Name what there may be."""
        yield InfoMetricFamily("spt_build", "Release of this process")
        for named in (*_UP.values(), _FREE, _SIZE):
            yield GaugeMetricFamily(*named)

    def collect(self) -> Iterator[Metric]:
        """Measure it; called from the server's thread."""
        yield InfoMetricFamily("spt_build", "Release of this process", {"version": __version__})
        for name, reached in _measured(self.loop, self._reached(), self._nothing()).items():
            yield GaugeMetricFamily(*_UP[name], value=reached)
        try:
            disk = shutil.disk_usage(self.results)
        except OSError:
            return
        yield GaugeMetricFamily(*_FREE, value=disk.free)
        yield GaugeMetricFamily(*_SIZE, value=disk.total)

    def _nothing(self) -> dict[str, bool]:
        return dict.fromkeys(self.checks, False)

    async def _reached(self) -> dict[str, bool]:
        """Check everything at once; what does not respond soon is not reached."""
        found = await asyncio.gather(*(_responds(check()) for check in self.checks.values()))
        return dict(zip(self.checks, found, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredBacklog(Collector):
    """What a control worker measures of all jobs and workers, beside what every process does."""

    read_backlog: Callable[[], Coroutine[Any, Any, Backlog]]
    loop: asyncio.AbstractEventLoop

    def describe(self) -> Iterable[Metric]:
        """Name what there may be."""
        for named in (_JOBS, _LEFT, _MESSAGES):
            yield GaugeMetricFamily(named[0], named[1], labels=named[2])
        for single in (_RUNNING, _OLDEST, _SLOTS):
            yield GaugeMetricFamily(*single)

    def collect(self) -> Iterator[Metric]:
        """Measure it; called from the server's thread."""
        backlog = _measured(self.loop, self.read_backlog(), None)
        if backlog is None:
            return
        for named, counts in (
            (_JOBS, backlog.phases),
            (_LEFT, backlog.parts_left),
            (_MESSAGES, backlog.messages),
        ):
            family = GaugeMetricFamily(named[0], named[1], labels=named[2])
            for label, count in counts.items():
                family.add_metric([label], count)
            if counts:
                yield family
        yield GaugeMetricFamily(*_RUNNING, value=backlog.running)
        yield GaugeMetricFamily(*_OLDEST, value=backlog.oldest_s)
        if backlog.slots is not None:
            yield GaugeMetricFamily(*_SLOTS, value=backlog.slots)


async def _responds(check: Coroutine[Any, Any, str | None]) -> bool:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            return await check is None
    except TimeoutError:
        return False


def _measured(
    loop: asyncio.AbstractEventLoop, question: Coroutine[Any, Any, _T], missing: _D
) -> _T | _D:
    """Have the event loop run a question of another thread; what is missing, when it cannot."""
    future = asyncio.run_coroutine_threadsafe(question, loop)
    try:
        return future.result(_TIMEOUT_S)
    except (UnavailableError, TimeoutError) as error:
        future.cancel()
        _log.warning("not measured: %r", error)
        return missing
