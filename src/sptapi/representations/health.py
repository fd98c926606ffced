"""What users see of parts that are down or short, and what that does to jobs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sptapi.representations.times import render_time

Jobs = Literal["go on", "wait", "are refused"]
"""What becomes of jobs that are submitted meanwhile."""

_KNOWN: Mapping[str, tuple[str, Jobs]] = {
    "workers": ("No worker responds, so nothing is cut", "wait"),
    "broker": ("The broker, which wakes the workers, does not respond", "wait"),
    "database": ("The database does not respond", "are refused"),
    "results": ("The results folder cannot be used", "are refused"),
    "results-owner": ("The results are not those of this database: files may be missing", "go on"),
    "disk": ("Storage is short", "are refused"),
    "queue": ("The queue is full", "are refused"),
    "sign-in": ("Nobody can sign in; who is signed in, or has a token, can go on", "go on"),
}

_EFFECTS: Mapping[Jobs, str] = {
    "go on": "Jobs go on.",
    "wait": "Jobs are accepted and wait; they begin by themselves as soon as it is over.",
    "are refused": "New jobs are refused until it is over; nothing that was accepted is lost.",
}


def notices(found: Mapping[str, str], since: Mapping[str, datetime]) -> list[dict[str, Any]]:
    """Describe what is wrong.

    Parameters
    ----------
    found
        Parts by name, each with the reason in words.
    since
        When each of them was first found so.
    """
    return [_notice(part, reason, since[part]) for part, reason in found.items()]


def _notice(part: str, reason: str, since: datetime) -> dict[str, Any]:
    message, jobs = _KNOWN.get(part, (f"{part} does not respond", "wait"))
    return {
        "part": part,
        "message": message,
        "reason": reason,
        "since": render_time(since),
        "jobs": jobs,
        "effect": _EFFECTS[jobs],
    }
