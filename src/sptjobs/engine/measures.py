"""What is measured when Prometheus asks: nothing is counted while nobody does.

The server of ``/metrics`` asks from its own thread; the event loop that owns the
database's connections answers. What cannot be measured is left out: a gauge never
tells of what was some time ago.
"""

import asyncio
import logging
import shutil
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs import __version__
from sptjobs.engine.engine import Engine
from sptjobs.queue import broker_counts
from sptjobs.store.database import answers, now
from sptjobs.store.schema import event, job, part
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import RUNNABLE, ExecutionPhase

_T = TypeVar("_T")
_D = TypeVar("_D")

_log = logging.getLogger(__name__)

_PATIENCE_S: Final = 5.0
"""Below the 10 s that Prometheus waits for an answer."""

_UP: Final = {
    "database": ("spt_database_up", "Whether the database answers"),
    "broker": ("spt_broker_up", "Whether the broker answers"),
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
_LANES: Final = ("reserved", "shared")


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits and what runs, by the database and the broker; of all workers together."""

    phases: Mapping[str, int]
    parts_left: Mapping[str, int]
    running: int
    oldest_s: float
    messages: Mapping[str, int]
    slots: int


@dataclass(frozen=True, slots=True, eq=False)
class Measured(Collector):
    """What every process can tell: its release, whom it reaches, and the results' disk."""

    engine: Engine
    loop: asyncio.AbstractEventLoop

    def describe(self) -> Iterable[Metric]:
        """Name what there may be."""
        yield InfoMetricFamily("spt_build", "Release of this process")
        for named in (*_UP.values(), _FREE, _SIZE):
            yield GaugeMetricFamily(*named)

    def collect(self) -> Iterator[Metric]:
        """Measure it; called from the server's thread."""
        yield InfoMetricFamily("spt_build", "Release of this process", {"version": __version__})
        checks = {
            "database": answers(self.engine.database),
            "broker": self.engine.wakeups.answers(),
        }
        for name, check in checks.items():
            reached = _asked(self.loop, check, "no answer") is None
            yield GaugeMetricFamily(*_UP[name], value=reached)
        try:
            disk = shutil.disk_usage(self.engine.settings.results)
        except OSError:
            return
        yield GaugeMetricFamily(*_FREE, value=disk.free)
        yield GaugeMetricFamily(*_SIZE, value=disk.total)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredBacklog(Collector):
    """What a control worker tells of all jobs and workers, beside what every process tells."""

    engine: Engine
    loop: asyncio.AbstractEventLoop

    def describe(self) -> Iterable[Metric]:
        """Name what there may be."""
        for named in (_JOBS, _LEFT, _MESSAGES):
            yield GaugeMetricFamily(named[0], named[1], labels=named[2])
        for single in (_RUNNING, _OLDEST, _SLOTS):
            yield GaugeMetricFamily(*single)

    def collect(self) -> Iterator[Metric]:
        """Measure it; called from the server's thread."""
        backlog = _asked(self.loop, measure_backlog(self.engine), None)
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
            yield family
        yield GaugeMetricFamily(*_RUNNING, value=backlog.running)
        yield GaugeMetricFamily(*_OLDEST, value=backlog.oldest_s)
        yield GaugeMetricFamily(*_SLOTS, value=backlog.slots)


async def measure_backlog(engine: Engine) -> Backlog:
    """Look at what waits and what runs.

    Raises
    ------
    UnavailableError
        The database does not answer.
    """
    async with engine.database.read() as connection:
        phases = await count_jobs(connection)
        left = (
            sa.select(job.c.lane, sa.func.sum(job.c.parts_left))
            .where(job.c.phase.in_(sorted(RUNNABLE)))
            .group_by(job.c.lane)
        )
        lanes = dict.fromkeys(_LANES, 0)
        lanes |= {lane: int(count) for lane, count in await connection.execute(left)}
        running = sa.select(sa.func.count()).where(part.c.state == "running")
        count = int(await connection.scalar(running) or 0)
        oldest_s = await longest_wait_s(connection)
    messages = await asyncio.to_thread(_messages, engine)
    return Backlog(phases, lanes, count, oldest_s, messages, await engine.wakeups.slots())


async def count_jobs(connection: AsyncConnection) -> dict[str, int]:
    """Count jobs by their phase, those in which there are none too."""
    counted = sa.select(job.c.phase, sa.func.count().label("jobs")).group_by(job.c.phase)
    phases = {str(phase): 0 for phase in ExecutionPhase if phase != ExecutionPhase.UNKNOWN}
    return phases | {row.phase: row.jobs for row in await connection.execute(counted)}


async def longest_wait_s(connection: AsyncConnection) -> float:
    """Find by the history since when the QUEUED jobs wait: their rows do not say.

    Parts carry no times; a job that has begun is not stuck, however long it is.
    """
    since = (
        sa.select(sa.func.max(event.c.event_id))
        .join(job, job.c.job_id == event.c.job_id)
        .where(job.c.phase == ExecutionPhase.QUEUED, event.c.target == ExecutionPhase.QUEUED)
        .group_by(event.c.job_id)
    )
    query = sa.select(sa.func.min(event.c.event_id)).where(event.c.event_id.in_(since))
    moment = await connection.scalar(
        sa.select(event.c.at).where(event.c.event_id == query.scalar_subquery())
    )
    return 0.0 if moment is None else ((await now(connection)) - moment).total_seconds()


def _messages(engine: Engine) -> Mapping[str, int]:
    try:
        return broker_counts(engine.wakeups.broker)
    except (RedisError, OSError):
        return {}


def _asked(
    loop: asyncio.AbstractEventLoop, question: Coroutine[Any, Any, _T], missing: _D
) -> _T | _D:
    """Have the event loop answer a question of another thread; what is missing, when it cannot."""
    future = asyncio.run_coroutine_threadsafe(question, loop)
    try:
        return future.result(_PATIENCE_S)
    except (UnavailableError, TimeoutError) as error:
        future.cancel()
        _log.warning("not measured: %r", error)
        return missing
