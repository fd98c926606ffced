"""Parameters of the job list: those of UWS, and this service's own for paging and sorting."""

from datetime import datetime
from urllib.parse import urlencode

from sptapi.parameters.controls import Fields, read_phase, read_whole, single
from sptapi.parameters.rows import read_text
from sptjobs.store.lists import DEFAULT_JOBS, SORTS, JobQuery
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.times import parse_utc

_MAX_JOBS = 1000
"""Maximum of LIMIT."""

_MAX_LAST = 10_000
"""Maximum of jobs that LAST gives; the response leads on to further ones."""

_OF_A_PAGE = {"LAST", "OFFSET", "LIMIT", "MAXREC"}
_PAGING = {"SORT", "OFFSET", "LIMIT"}


def read_job_query(fields: Fields) -> JobQuery:
    """Read PHASE, AFTER and LAST (UWS 1.1, section 2.2.2.1), TEXT, SORT, OFFSET and LIMIT.

    MAXREC (DALI 1.1, section 3.4.4) limits the list besides.
    """
    last, after = single(fields, "LAST"), single(fields, "AFTER")
    beside = sorted(_PAGING.intersection(name for name, _ in fields))
    if last is not None and beside:
        message = "asks for the newest; take SORT, OFFSET and LIMIT instead"
        raise ParameterError(message, field="LAST", value=last)
    limit = single(fields, "LIMIT")
    sort, descending = _sort(single(fields, "SORT"))
    if last is not None:
        maximum = min(read_whole("LAST", last, minimum=1, maximum=2**53), _MAX_LAST)
    elif limit is not None:
        maximum = read_whole("LIMIT", limit, minimum=1, maximum=_MAX_JOBS)
    else:
        maximum = DEFAULT_JOBS
    if (max_rows := single(fields, "MAXREC")) is not None:
        maximum = min(maximum, read_whole("MAXREC", max_rows, minimum=0, maximum=2**53))
    return JobQuery(
        phases=frozenset(read_phase(value) for name, value in fields if name == "PHASE"),
        after=None if after is None else _after(after),
        text=read_text(fields),
        sort=sort,
        descending=descending,
        offset=read_whole("OFFSET", single(fields, "OFFSET") or "0", minimum=0, maximum=2**53),
        limit=maximum,
    )


def next_page(fields: Fields, query: JobQuery, found: int, total: int) -> str | None:
    """Write the query string of the jobs that follow a page; None where none do.

    Parameters
    ----------
    found
        How many jobs the page has.
    total
        How many match the query.
    """
    last = single(fields, "LAST")
    end = total if last is None else min(total, int(last))
    begin = query.offset + found
    if begin >= end or not query.limit:
        return None
    kept = [(name, value) for name, value in fields if name not in _OF_A_PAGE]
    limit = min(end - begin, query.limit, _MAX_JOBS) if last is not None else query.limit
    return urlencode([*kept, ("OFFSET", str(begin)), ("LIMIT", str(limit))])


def _sort(text: str | None) -> tuple[str, bool]:
    if text is None:
        return "created", True
    name = text.removeprefix("-")
    if name not in SORTS:
        known = ", ".join(SORTS)
        message = f"must be one of {known}; a leading minus reverses the order"
        raise ParameterError(message, field="SORT", value=text)
    return name, text.startswith("-")


def _after(text: str) -> datetime:
    try:
        return parse_utc(text)
    except ValueError as error:
        raise ParameterError(
            "must be an ISO 8601 time such as 2030-01-31T12:00:00Z", field="AFTER", value=text
        ) from error
