"""RUN to EXECUTING of small jobs on an idle stack, as a client sees it and as the rows say."""

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sptjobs.stack.running import running_stack
from tests.support.service import Service

_IDLE_S = 0.15
_WARM_UP = 5
_REQUEST = {"positions": [{"ra": 0.2499, "dec": -57.8066}], "size": 5, "bands": ["150GHz"]}


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds at percentiles; ``limit`` is what was promised."""

    what: str
    p50: float
    p90: float
    p99: float
    worst: float


def percentiles(what: str, milliseconds: Iterable[float]) -> Figures:
    """Summarise measured times [ms]."""
    ordered = sorted(milliseconds)

    def at(fraction: float) -> float:
        return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]

    return Figures(what, at(0.5), at(0.9), at(0.99), ordered[-1])


def measure(var: Path, count: int) -> list[Figures]:
    """Run ``count`` jobs one after the other on a stack of its own.

    The client's time is from sending RUN to the response of a blocking request that
    sees the job out of QUEUED: three HTTP exchanges, so it is an upper bound. The
    rows' time is between the two phase changes in the job's history.
    """
    with running_stack(var) as stack:
        service = Service.of(stack)
        for _ in range(_WARM_UP):
            _one(service)
        seen, jobs, ends = [], [], []
        for _ in range(count):
            time.sleep(_IDLE_S)
            until_executing, until_end, job = _one(service)
            seen.append(1e3 * until_executing)
            ends.append(1e3 * until_end)
            jobs.append(job.rpartition("/")[2])
        recorded = _recorded(var / "spt.db", jobs)
    return [
        percentiles("RUN to EXECUTING, by the rows", recorded),
        percentiles("RUN to EXECUTING, seen by the client", seen),
        percentiles("RUN to COMPLETED, seen by the client", ends),
    ]


def _one(service: Service) -> tuple[float, float, str]:
    job = service.create(_REQUEST, run=False)
    begun = time.perf_counter()
    service.session.post(f"{job}/phase", data={"PHASE": "RUN"}, allow_redirects=False, timeout=30)
    document = service.get(job, WAIT="20", PHASE="QUEUED").json()
    executing = time.perf_counter() - begun
    if document["phase"] == "EXECUTING":
        document = service.get(job, WAIT="20", PHASE="EXECUTING").json()
    ended = time.perf_counter() - begun
    assert document["phase"] == "COMPLETED", document
    return executing, ended, job


def _recorded(database: Path, jobs: list[str]) -> list[float]:
    """Milliseconds between the changes to QUEUED and to EXECUTING of each job."""
    question = "SELECT job_id, target, at FROM event WHERE kind = 'phase'"
    times: dict[tuple[str, str], datetime] = {}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for job_id, target, at in connection.execute(question):
            times[job_id, target] = datetime.fromisoformat(at)
    connection.close()
    return [1e3 * (times[job, "EXECUTING"] - times[job, "QUEUED"]).total_seconds() for job in jobs]
