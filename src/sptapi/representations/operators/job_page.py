"""One job of anybody, with its history, and what operators may do to it."""

from collections.abc import Sequence
from html import escape

from sptapi.representations.html import post_form
from sptapi.representations.operators.layout import counts, moment, operators_page, table
from sptapi.representations.tree import Tree
from sptjobs.uws.phases import FINAL, ExecutionPhase

_LIST = "/ops/jobs"


def job_page(base: str, tree: Tree, csrf: str) -> str:
    """Write the page of one job."""
    job_id, done = tree["jobId"], tree["progress"]
    parts = counts((state, number, "") for state, number in tree["parts"].items())
    facts = (
        ("phase", escape(tree["phase"])),
        ("user", f"{escape(tree['ownerId'])} <span class='note'>{escape(tree['account'])}</span>"),
        ("run id", escape(tree["runId"] or "")),
        ("created", moment(tree["creationTime"])),
        ("began", moment(tree["startTime"])),
        ("ended", moment(tree["endTime"])),
        ("kept until", moment(tree["destruction"])),
        ("stored", f"{tree['storedBytes']:,} bytes"),
        ("stamps", f"{done['pairs_done']:,} of {done['pairs_total']:,}"),
        ("reason", escape(tree["reason"] or "")),
    )
    entries = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts if text)
    return operators_page(
        base,
        _LIST,
        f"Job {job_id}",
        f'<dl class="facts">{entries}</dl><p class="ways"><a class="button quiet" '
        f'href="{escape(base)}/app/cutout/jobs/{job_id}">As its user sees it</a></p>'
        f"<h2>Parts</h2>{parts}{_noted(tree['notedParts'])}<h2>History</h2>"
        f"{_history(tree['events'])}<h2>Actions</h2>{_actions(base, tree, csrf)}",
    )


def _noted(parts: Sequence[Tree]) -> str:
    if not parts:
        return ""
    return table(
        "Parts that run, were struck, or were given up",
        ("part", "state", "attempt", "worker", "strikes", "losses", "given up because"),
        (
            (
                str(each["part"]),
                escape(each["state"]),
                str(each["attempt"]),
                f"<code>{escape(each['worker'] or '')}</code>",
                str(each["strikes"]),
                str(each["losses"]),
                escape((each["givenUp"] or "")[:200]),
            )
            for each in parts
        ),
    )


def _history(events: Sequence[Tree]) -> str:
    return table(
        "What happened to the job",
        ("when (UTC)", "what", "detail"),
        (
            (
                moment(each["at"]),
                escape(" to ".join(filter(None, (each["source"], each["target"]))) or each["kind"]),
                escape((each["detail"] or "")[:300]),
            )
            for each in events
        ),
    )


def _actions(base: str, tree: Tree, csrf: str) -> str:
    path = f"{_LIST}/{tree['jobId']}"
    if tree["phase"] == ExecutionPhase.ARCHIVED:
        return "<p>Nothing: its files are gone, this record stays for its time.</p>"
    if tree["phase"] in FINAL:
        button = post_form(base, path, csrf, "Archive", ACTION="ARCHIVE")
        return f"<p>Archiving frees what its files take; the record stays for its time.</p>{button}"
    reason = (
        '<label class="field">Reason, for its user <input name="REASON" maxlength="200"></label>'
    )
    button = post_form(base, path, csrf, "Abort", inputs=reason, ACTION="ABORT")
    return (
        "<p>Aborting stops the work; what is finished stays for its user, who sees the "
        f'reason.</p><div class="filters">{button}</div>'
    )
