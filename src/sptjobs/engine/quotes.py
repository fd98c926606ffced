"""When a job is expected to end, by the rates that are measured.

References
----------
UWS 1.1, section 2.1.6 "Quote".
"""

from datetime import datetime, timedelta
from math import ceil, sqrt

from sptjobs.forecast.estimate import PART_S
from sptjobs.forecast.forecast import START_S, Load
from sptjobs.uws.jobs import Job, Pace


def quote_of(found: Job, pace: Pace | None, load: Load, at: datetime) -> datetime | None:
    """Foretell the end of a job that is queued or executes; None where nothing is known.

    By its own pace once that tells; until then by how long parts took lately. A job that
    nobody has planned counts as one part: it ends at that time at the earliest.

    Parameters
    ----------
    load
        Slots and cores of all workers, and how long parts took lately.
    at
        The time now.
    """
    if pace is None or not load.slots:
        return None
    seconds = _seconds(found, pace, load) if pace.left_s is None else pace.left_s
    return at.replace(microsecond=0) + timedelta(seconds=ceil(seconds))


def _seconds(found: Job, pace: Pace, load: Load) -> float:
    quick, slow = load.spread
    parts = (pace.parts_ahead or 0) + max(1, found.progress.parts_left)
    return START_S + PART_S * sqrt(quick * slow) * parts / min(load.at_once, parts)
