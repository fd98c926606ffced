"""Frozen records of UWS jobs. Times are aware UTC datetimes throughout."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sptjobs.uws.phases import ACTIVE, FINAL, ExecutionPhase

Parameters = tuple[tuple[str, str], ...]
"""A job's parameters in full: names and values as they were sent."""


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Why a job ended in ERROR (UWS 1.1, section 2.1.9)."""

    code: str
    message: str
    kind: Literal["fatal", "transient"] = "fatal"
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come, in parts and in combinations of target and map.

    ``pairs_total`` is 0 until the job is planned.
    """

    parts_total: int = 0
    parts_left: int = 0
    pairs_total: int = 0
    pairs_done: int = 0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Combinations of target and map by their status, in finished parts."""

    ok: int = 0
    partial: int = 0
    outside: int = 0
    no_data: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a QUEUED job stands, or how fast an EXECUTING one goes; None is not known.

    Attributes
    ----------
    jobs_ahead, parts_ahead
        Jobs that were made earlier and are not done, and their parts. Users take
        turns, so that it may be this job's turn before theirs.
    elapsed_s, pairs_per_s
        Time since the job began, and combinations of target and map per second.
    left_s
        Time that what is left takes at this pace, once enough is done to tell.
    """

    jobs_ahead: int | None = None
    parts_ahead: int | None = None
    elapsed_s: float | None = None
    pairs_per_s: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A UWS job as its row tells it.

    Attributes
    ----------
    job_id
        32 hexadecimal digits.
    owner_id
        Account that made the job; ``owner`` is the name shown as UWS ownerId.
    version
        Grows by one with every change; serves ETag and waiters, never a guard.
    parameters
        Name and value of each parameter, upper-case names, as the user sent them;
        None for a value that is too long to be read with the job.
    products
        Names of the products that it makes (``sptjobs.products.registry``).
    execution_duration
        Seconds of EXECUTING after which the job is aborted; 0 is unlimited.
    requested_duration, requested_destruction
        What the user asked for, where the service gives less; else None.
    abort_reason
        Why the job was aborted, None if it was not.
    parent_id
        Job that this one repeats in part, or for newer maps; it may be gone.
    stored_bytes
        What the files of its packs take on disk.
    has_packs
        Whether it has results: the packs of its finished parts.
    snapshot
        Archive snapshot that the job was planned on, None until then.
    """

    job_id: str
    owner_id: str
    owner: str
    phase: ExecutionPhase
    version: int
    creation_time: datetime
    execution_duration: int
    parameters: tuple[tuple[str, str | None], ...]
    products: tuple[str, ...] = ()
    run_id: str | None = None
    quote: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    destruction: datetime | None = None
    requested_duration: int | None = None
    requested_destruction: datetime | None = None
    abort_reason: str | None = None
    parent_id: str | None = None
    stored_bytes: int = 0
    has_packs: bool = False
    snapshot: str | None = None
    error: ErrorSummary | None = None
    progress: Progress = Progress()
    outcomes: Outcomes = Outcomes()

    @property
    def is_final(self) -> bool:
        """Whether no work is done for the job any more."""
        return self.phase in FINAL

    @property
    def why_empty(self) -> str | None:
        """Why a completed job has no row in its manifest; None for every other job."""
        if self.phase is not ExecutionPhase.COMPLETED or self.progress.pairs_total:
            return None
        return (
            "no map has the bands, file types, tags, dates and times that were asked for, so "
            "nothing was cut; /api/v1/maps lists the maps there are"
        )

    @property
    def is_active(self) -> bool:
        """Whether a blocking request for the job blocks."""
        return self.phase in ACTIVE


@dataclass(frozen=True, slots=True)
class JobReference:
    """What the job list tells of a job (UWS 1.1, section 2.2.2.1); as in ``Job``.

    ``reason`` is why it failed or was aborted.
    """

    job_id: str
    owner_id: str
    owner: str
    phase: ExecutionPhase
    creation_time: datetime
    run_id: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    destruction: datetime | None = None
    parent_id: str | None = None
    stored_bytes: int = 0
    reason: str | None = None
    progress: Progress = Progress()
    outcomes: Outcomes = Outcomes()


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's append-only history.

    ``kind`` is ``phase`` for a phase change (then ``source`` and ``target`` are
    phases), or a name such as ``part-given-back``; ``detail`` says more.
    """

    at: datetime
    kind: str
    source: str | None = None
    target: str | None = None
    detail: str | None = None
