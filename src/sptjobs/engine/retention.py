"""How long a job may execute and how long it is kept, and what its user sees of that.

What is asked for beyond the service's caps is kept beside what is in force: nothing
is changed silently.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.settings import Settings
from sptjobs.store.jobs import record_event
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import FINAL, ExecutionPhase

Columns = dict[str, Any]

_CAPPED = (("execution_duration", "requested_duration"), ("destruction", "requested_destruction"))


def first_times(
    created: datetime, settings: Settings, duration: int | None, destruction: datetime | None
) -> Columns:
    """Columns of a new job: creation, execution duration [s] and destruction; None is the default.

    An execution duration of 0 asks for no limit (UWS 1.1, section 2.1.5).
    """
    asked = destruction or created + timedelta(seconds=settings.default_lifetime_s)
    seconds = settings.default_execution_s if duration is None else duration
    return {
        "created": created,
        **duration_columns(settings, seconds),
        **destruction_columns(settings, asked, created),
    }


def duration_columns(settings: Settings, asked: int) -> Columns:
    """Columns for a requested execution duration: that, or the cap with what was asked for."""
    cap = settings.max_execution_s
    if 0 < asked <= cap:
        return {"execution_duration": asked, "requested_duration": None}
    return {"execution_duration": cap, "requested_duration": asked}


def destruction_columns(settings: Settings, asked: datetime, at: datetime) -> Columns:
    """Columns for a destruction time that is requested now, ``at``: that, or the cap likewise."""
    cap = at + timedelta(seconds=settings.max_lifetime_s)
    if asked <= cap:
        return {"destruction": asked, "requested_destruction": None}
    return {"destruction": cap, "requested_destruction": asked}


async def record_caps(connection: AsyncConnection, job_id: str, columns: Columns) -> None:
    """Note in a job's history which of the columns just set hold less than was asked for."""
    for name, asked in _CAPPED:
        if columns.get(asked) is not None:
            detail = f"{name}: {columns[asked]} was asked for, {columns[name]} is in force"
            await record_event(connection, job_id, "capped", detail=detail)


def notes_of(found: Job, settings: Settings, at: datetime) -> tuple[str, ...]:
    """What a job's document says about its end and its times, in words.

    Parameters
    ----------
    at
        The time at which it is read.
    """
    notes = (
        found.why_empty,
        _aborted(found),
        _duration(found),
        _kept(found, settings),
        _near(found, settings, at),
    )
    return tuple(note for note in notes if note is not None)


def _aborted(found: Job) -> str | None:
    return None if found.abort_reason is None else f"aborted: {found.abort_reason}"


def _duration(found: Job) -> str | None:
    asked, given = found.requested_duration, found.execution_duration
    if asked is None:
        return None
    wish = f"{asked} s were" if asked else "no limit was"
    return f"executionDuration: {wish} asked for, {given} s is the most that a job gets"


def _kept(found: Job, settings: Settings) -> str | None:
    if found.requested_destruction is None or found.phase is ExecutionPhase.ARCHIVED:
        return None
    return (
        f"destruction: {_text(found.requested_destruction)} was asked for, a job is kept for "
        f"at most {_length(settings.max_lifetime_s)} from the day it is asked for; ask again later"
    )


def _near(found: Job, settings: Settings, at: datetime) -> str | None:
    if found.phase is ExecutionPhase.ARCHIVED:
        return f"destruction: the files are gone, this record {_stays(settings.records_kept_s)}"
    if found.destruction is None:
        return None
    left = found.destruction - at
    if left > timedelta(seconds=settings.destruction_warning_s):
        return None
    what = "its files are" if found.phase in FINAL else "it is aborted and its files are"
    return (
        f"destruction: {what} destroyed at {_text(found.destruction)}; "
        "post a later DESTRUCTION to keep the job"
    )


def _stays(kept_s: int) -> str:
    return f"is kept for {_length(kept_s)} from then on" if kept_s else "stays"


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return f"{days} days" if days and not rest else f"{seconds} s"
