"""Parameters of the operators' pages; what a form of theirs leaves empty is not given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeVar, get_args

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
Named = TypeVar("Named", bound=str)

_FILTERS: Final = ("PHASE", "USER", "TEXT", "AFTER", "LAST", "SORT", "OFFSET", "LIMIT")
_LONGEST: Final = 255
_LONGEST_REASON: Final = 200
GUARD: Final = "CSRF"
"""The forgery guard of a form, which has been checked before."""


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
    check_names(fields, ("ACTION", "REASON", GUARD))
    action, reason = read_action(fields, get_args(Action)), read_reason(fields)
    if reason and action != "ABORT":
        raise ParameterError("is accepted with ABORT only", field="REASON", value=reason)
    return JobChange(action, reason)


def read_action(fields: Fields, known: Sequence[Named]) -> Named:
    """Read ACTION, which is one of those that are known."""
    action = required(fields, "ACTION")
    for each in known:
        if action == each:
            return each
    raise ParameterError(f"must be {' or '.join(known)}", field="ACTION", value=action)


def read_reason(fields: Fields) -> str:
    """Read REASON, one line that a user is shown; "" when it is not given."""
    reason = (single(fields, "REASON") or "").strip()
    check_characters("REASON", reason)
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        message = f"must be at most {_LONGEST_REASON} printable characters"
        raise ParameterError(message, field="REASON", value=reason)
    return reason


def read_discard(fields: Fields) -> tuple[str, datetime]:
    """Read QUEUE, and UNTIL: the time of death of the newest message that was looked at."""
    fields = given(fields)
    check_names(fields, ("QUEUE", "UNTIL", GUARD))
    queue, until = required(fields, "QUEUE"), required(fields, "UNTIL")
    if queue not in QUEUES:
        raise ParameterError(f"must be one of {', '.join(QUEUES)}", field="QUEUE", value=queue)
    try:
        return queue, parse_utc(until)
    except ValueError as error:
        message = "must be an ISO 8601 time such as 2030-01-31T12:00:00Z"
        raise ParameterError(message, field="UNTIL", value=until) from error
