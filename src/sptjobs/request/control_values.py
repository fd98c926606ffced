"""The parameters that steer a job instead of describing it: their record and parsers.

References
----------
UWS 1.1, sections 2.1.2 to 2.1.11 and 2.2.3; DALI 1.1, section 3.4.6 "RUNID".
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sptjobs.request.characters import check_characters
from sptjobs.request.numbers import whole_number
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.times import parse_utc

MAX_RUN_ID = 64
"""Characters of the longest run id."""

_MAX_DURATION_S = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Controls:
    """What a creating request says besides the cutout request itself.

    Attributes
    ----------
    run
        Whether the job is queued at once.
    execution_duration
        Seconds, 0 for no limit; None for the service's default.
    strict
        Whether parameters that are not known are refused.
    """

    run: bool = False
    run_id: str | None = None
    execution_duration: int | None = None
    destruction: datetime | None = None
    strict: bool = False


def parse_run(text: str, *, field: str = "PHASE") -> bool:
    """Read the phase that a new job is asked to be in: RUN, or nothing."""
    if text != "RUN":
        raise ParameterError("a new job takes PHASE=RUN only", field=field, value=text)
    return True


def parse_run_id(text: str, *, field: str = "RUNID") -> str:
    """Read a name that the user gives to a job."""
    if len(text) > MAX_RUN_ID:
        message = f"must be at most {MAX_RUN_ID} characters long"
        raise ParameterError(message, field=field, value=text)
    check_characters(field, text)
    return text


def parse_duration(text: str, *, field: str = "EXECUTIONDURATION") -> int:
    """Read an execution duration: whole seconds, 0 for no limit."""
    seconds = whole_number(text)
    if seconds is None or not 0 <= seconds <= _MAX_DURATION_S:
        message = "must be a whole number of seconds, 0 or more"
        raise ParameterError(message, field=field, value=text)
    return seconds


def parse_destruction(text: str, *, field: str = "DESTRUCTION") -> datetime:
    """Read a destruction time; one in the past is refused, never silently kept."""
    try:
        time = parse_utc(text)
    except ValueError as error:
        message = "must be an ISO 8601 time such as 2030-01-31T12:00:00Z"
        raise ParameterError(message, field=field, value=text) from error
    if time < datetime.now(UTC):
        message = "lies in the past; delete the job instead"
        raise ParameterError(message, field=field, value=text)
    return time
