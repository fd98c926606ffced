"""Parameters of the operators' pages; what a form of theirs leaves empty is not given."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from sptapi.parameters.controls import Fields, required, single
from sptapi.parameters.jobs import read_job_query
from sptapi.parameters.rows import check_names
from sptjobs.broker.queues import QUEUES
from sptjobs.request.characters import check_characters
from sptjobs.store.lists import JobQuery
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.times import parse_utc

PAGE: Final = 50
"""Jobs of a page, unless LIMIT or LAST says otherwise."""

Action = Literal["ABORT", "ARCHIVE"]

_FILTERS: Final = ("PHASE", "USER", "TEXT", "AFTER", "LAST", "SORT", "OFFSET", "LIMIT")
_LONGEST: Final = 255
_LONGEST_REASON: Final = 200
# The forgery guard of a form, which has been checked before.
_GUARD: Final = "CSRF"


@dataclass(frozen=True, slots=True)
class JobChange:
    """What is to be done to a job; ``reason`` is for its user."""

    action: Action
    reason: str


def given(fields: Fields) -> Fields:
    """Leave out what is empty: forms send every field that they have."""
    return tuple((name, value) for name, value in fields if value.strip())


def read_filters(fields: Fields) -> JobQuery:
    """Read what the list of everybody's jobs is filtered and sorted by.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is wrong, given several times, or unknown.
    """
    fields = given(fields)
    check_names(fields, _FILTERS)
    job_query = read_job_query(fields)
    owner = (single(fields, "USER") or "").strip()
    check_characters("USER", owner)
    if len(owner) > _LONGEST:
        message = f"must be at most {_LONGEST} characters long"
        raise ParameterError(message, field="USER", value=owner)
    return replace(job_query, owner=owner, limit=job_query.limit or PAGE)


def read_change(fields: Fields) -> JobChange:
    """Read ACTION and REASON."""
    fields = given(fields)
    check_names(fields, ("ACTION", "REASON", _GUARD))
    action, reason = required(fields, "ACTION"), (single(fields, "REASON") or "").strip()
    for known in get_args(Action):
        if action == known:
            break
    else:
        names = " or ".join(get_args(Action))
        raise ParameterError(f"must be {names}", field="ACTION", value=action)
    if reason and action != "ABORT":
        raise ParameterError("is accepted with ABORT only", field="REASON", value=reason)
    check_characters("REASON", reason)
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        message = f"must be at most {_LONGEST_REASON} printable characters"
        raise ParameterError(message, field="REASON", value=reason)
    return JobChange(known, reason)


def read_discard(fields: Fields) -> tuple[str, datetime]:
    """Read QUEUE, and UNTIL: the time of death of the newest message that was looked at."""
    fields = given(fields)
    check_names(fields, ("QUEUE", "UNTIL", _GUARD))
    queue, until = required(fields, "QUEUE"), required(fields, "UNTIL")
    if queue not in QUEUES:
        raise ParameterError(f"must be one of {', '.join(QUEUES)}", field="QUEUE", value=queue)
    try:
        return queue, parse_utc(until)
    except ValueError as error:
        message = "must be an ISO 8601 time such as 2030-01-31T12:00:00Z"
        raise ParameterError(message, field="UNTIL", value=until) from error
