"""Everybody's jobs, filtered and sorted over the whole data set."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from sptapi.representations.operators.layout import (
    empty,
    job_link,
    moment,
    operators_page,
    table,
)
from sptapi.representations.tree import Tree
from sptjobs.store.lists import JobQuery
from sptjobs.uws.phases import ExecutionPhase

_Fields = Sequence[tuple[str, str]]

_LIST = "/ops/jobs"
_PHASES = tuple(phase for phase in ExecutionPhase if phase is not ExecutionPhase.UNKNOWN)
_FILTERS = ("PHASE", "USER", "TEXT", "AFTER", "LAST")


def jobs_page(base: str, tree: Tree, asked: _Fields, job_query: JobQuery) -> str:
    """Write a page of the list.

    Parameters
    ----------
    asked
        The parameters that it was asked for with, the empty ones left out.
    job_query
        What they mean.
    """
    shown = tree["jobs"]
    rows = [_row(base, each) for each in shown]
    heads = ("job", "user", _sorted("Run id", "runid", base, asked),
             _sorted("Phase", "phase", base, asked), _sorted("Created", "-created", base, asked),
             "progress", "reason")  # fmt: skip
    found = (
        table("Jobs of all users", heads, rows)
        + _paging(base, asked, job_query, len(shown), tree["total"])
        if rows
        else _nothing(base, asked)
    )
    return operators_page(
        base, _LIST, "Jobs of all users", _form(base, asked) + _active(base, asked) + found
    )


def _nothing(base: str, asked: _Fields) -> str:
    """Say that no job is there, or none that passes the filters."""
    if any(name in _FILTERS for name, _ in asked):
        return empty(
            "Jobs that pass the filters would be here; none does.", base + _LIST, "Show all jobs"
        )
    return empty(
        "The jobs of all users would be here. Nobody has made one yet.",
        f"{base}/app/cutout/",
        "Make the first one",
    )


def _row(base: str, job: Tree) -> tuple[str, ...]:
    done = job["jobInfo"]["progress"]
    reason = (job["jobInfo"]["reason"] or "").strip().partition("\n")[0]
    return (
        job_link(base, job["id"]),
        escape(job["ownerId"]),
        escape(job.get("runId", "")),
        escape(job["phase"]),
        moment(job["creationTime"]),
        f"{done['pairs_done']:,} of {done['pairs_total']:,}" if done["pairs_total"] else "",
        escape(reason[:200]),
    )


def _form(base: str, asked: _Fields) -> str:
    chosen = {value for name, value in asked if name == "PHASE"}
    boxes = "".join(
        f'<label><input type="checkbox" name="PHASE" value="{phase}"'
        f"{' checked' if phase in chosen else ''}> {phase}</label>"
        for phase in _PHASES
    )
    known = dict(asked)
    sort = known.get("SORT")
    kept = f'<input type="hidden" name="SORT" value="{escape(sort)}">' if sort else ""
    return (
        f'<form class="filters" method="get" action="{escape(base)}{_LIST}">'
        f"<fieldset><legend>Phases; none is all but ARCHIVED</legend>{boxes}</fieldset>"
        f"{_input('USER', 'User', known)}"
        f"{_input('TEXT', 'Run id, or how the job id begins', known)}"
        f"{_input('AFTER', 'Created after (UTC)', known)}"
        f"{kept}<button>Filter</button></form>"
    )


def _input(name: str, label: str, known: dict[str, str]) -> str:
    value = escape(known.get(name, ""))
    return f'<label class="field">{label} <input name="{name}" value="{value}"></label>'


def _active(base: str, asked: _Fields) -> str:
    """Name the filters in force, each a link that takes it away."""
    active = [(name, value) for name, value in asked if name in _FILTERS]
    if not active:
        return ""
    links = "".join(
        f'<li><a href="{_href(base, _without(asked, each))}"><span class="hidden">Without </span>'
        f'{each[0]} {escape(each[1])} <span aria-hidden="true">✕</span></a></li>'
        for each in active
    )
    return f'<p class="note">Only jobs with:</p><ul class="chips">{links}</ul>'


def _without(asked: _Fields, one: tuple[str, str]) -> _Fields:
    return [each for each in asked if each != one and each[0] != "OFFSET"]


def _sorted(text: str, key: str, base: str, asked: _Fields) -> str:
    """Write a head that sorts; the one in force turns its order round."""
    order, arrow = dict(asked).get("SORT", "-created"), ""
    if order.removeprefix("-") == key.removeprefix("-"):
        falls = order.startswith("-")
        key = order.removeprefix("-") if falls else f"-{order}"
        arrow = f' <span aria-hidden="true">{"↓" if falls else "↑"}</span>'
    others = [each for each in asked if each[0] not in {"SORT", "OFFSET", "LAST"}]
    return f'<a href="{_href(base, [*others, ("SORT", key)])}">{text}{arrow}</a>'


def _paging(base: str, asked: _Fields, job_query: JobQuery, shown: int, total: int) -> str:
    """Say which of all these are, and lead to those before and after."""
    end = job_query.offset + shown
    note = f'<p class="note">{job_query.offset + 1:,} to {end:,} of {total:,}</p>'
    others = [each for each in asked if each[0] != "OFFSET"]
    if "LAST" not in dict(asked):
        before = ("Before", job_query.offset - (job_query.limit or total), job_query.offset > 0)
        after = ("After", end, end < total)
        links = "".join(
            f'<a class="button quiet" href="{_href(base, [*others, ("OFFSET", str(max(0, at)))])}">'
            f"{text}</a>"
            for text, at, there in (before, after)
            if there
        )
        note += f'<p class="ways">{links}</p>' if links else ""
    return note


def _href(base: str, fields: Sequence[tuple[str, str]]) -> str:
    return escape(f"{base}{_LIST}" + (f"?{urlencode(fields)}" if fields else ""))
