"""The operators' first page: jobs, parts, queues and workers of the whole service."""

from collections.abc import Sequence
from html import escape

from sptapi.representations.html import post_form
from sptapi.representations.operators.layout import (
    age,
    counts,
    empty,
    job_link,
    moment,
    operators_page,
    table,
)
from sptapi.representations.tree import Tree

_MAX_PARTS = 12
"""Parts that are named of a worker; the rest is counted."""

_WITHOUT = {
    "control": "Nothing is repaired, ended in time or destroyed; lost permits stay lost.",
    "execute": "Nobody cuts: jobs wait.",
}
"""What it means that none of a role has announced itself in the last ten seconds."""


def overview_page(base: str, tree: Tree, csrf: str) -> str:
    """Write the page of an overview; ``csrf`` is the session's secret."""
    jobs = counts(
        (phase, number, f"{base}/ops/jobs?PHASE={phase}") for phase, number in tree["jobs"].items()
    )
    return operators_page(
        base,
        "/ops/",
        "Operations",
        f"{_alert(tree['broker'])}{_foreign(tree['results'])}<h2>Jobs</h2>{jobs}"
        f"{_asking(base, tree)}<h2>Work</h2>{_work(tree)}"
        f"<h2>Queues</h2>{_queues(base, tree['broker'])}"
        f"<h2>Transitions</h2>{_transitions(base, tree)}<h2>Workers</h2>{_workers(base, tree)}"
        f"{_catalogues(tree['catalogues'])}"
        f'<h2>Actions</h2>{_wake(base, csrf)}<p class="note">Release {escape(tree["version"])}, '
        f"database at revision {escape(str(tree['database']['revision']))}. "
        f'Read when the page was asked for: <a href="{escape(base)}/ops/">read again</a>.</p>',
    )


def _alert(broker: Tree) -> str:
    if broker["reached"]:
        return ""
    return (
        f'<p class="alert"><strong>No broker.</strong> {escape(str(broker["reason"]))}. What '
        "follows of jobs and parts is read from the database. Accepted jobs wait and lose "
        "nothing.</p>"
    )


def _foreign(results: Tree) -> str:
    if results["foreign"] is None:
        return ""
    return (
        '<p class="alert"><strong>Another database.</strong> Nothing is removed from the results: '
        f"{escape(str(results['foreign']))}.</p>"
    )


def _asking(base: str, tree: Tree) -> str:
    number = tree["accessRequests"]
    address = f"{base}/ops/access"
    return f"<h2>Access</h2>{counts([('open requests for access', number, address)])}"


def _work(tree: Tree) -> str:
    parts, broker = tree["parts"], tree["broker"]
    entries = [
        ("oldest queued job waits", age(tree["oldestQueuedAge"]), ""),
        ("parts ready", parts["ready"], ""),
        ("parts running", parts["running"], ""),
        ("of them struck", parts["struck"], ""),
    ]
    if broker["reached"]:
        entries += [("slots", broker["slots"], ""), ("permits waiting", broker["permits"], "")]
    return counts(entries)


def _queues(base: str, broker: Tree) -> str:
    if not broker["reached"]:
        return "<p>Not known without the broker.</p>"
    return table(
        "Messages in the broker",
        ("queue", "waiting", "delayed", "in flight", "dead letters"),
        (
            (
                escape(each["name"]),
                str(each["waiting"]),
                str(each["delayed"]),
                str(each["inFlight"]),
                f'<a href="{escape(base)}/ops/deadletters">{each["deadLetters"]}</a>',
            )
            for each in broker["queues"]
        ),
    )


def _transitions(base: str, tree: Tree) -> str:
    if not tree["broker"]["reached"]:
        return "<p>Not known without the broker, while the sweep makes them itself.</p>"
    if not tree["transitions"]:
        return empty(
            "What messages changed would be here. Lately no job was over its time, and none needed "
            "repair."
        )
    return table(
        "Transitions that messages made, the newest first",
        ("actor", "job", "sent (UTC)", "done (UTC)", "result"),
        (
            (
                escape(each["actor"]),
                job_link(base, each["job"]),
                moment(each["sent"]),
                moment(each["done"]),
                escape(each["result"] or each["error"] or ""),
            )
            for each in tree["transitions"]
        ),
    )


def _workers(base: str, tree: Tree) -> str:
    roles = {each["role"] for each in tree["workers"]}
    missing = "".join(
        f'<p class="alert"><strong>No {role} worker.</strong> {text}</p>'
        for role, text in _WITHOUT.items()
        if role not in roles and tree["broker"]["reached"]
    )
    if not roles:
        return missing or empty(
            "Workers would be here, but who is there is not known without the broker. No part runs."
        )
    return missing + table(
        "Workers",
        ("worker", "role", "slots", "announced", "works on"),
        (_worker(base, each) for each in tree["workers"]),
    )


def _worker(base: str, worker: Tree) -> tuple[str, ...]:
    silent = worker["slots"] is None
    announced = "not announced" if silent else f"{age(worker['announcedAge'])} ago"
    parts = worker["parts"]
    named = ", ".join(
        f"{job_link(base, each['job'])} part {each['part']}" for each in parts[:_MAX_PARTS]
    )
    more = len(parts) - _MAX_PARTS
    return (
        f"<code>{escape(worker['name'])}</code>",
        worker["role"],
        str(worker["slots"] or ""),
        announced,
        (named + (f" and {more} more" if more > 0 else ""))
        or ("nothing" if worker["role"] == "execute" else ""),
    )


def _catalogues(catalogues: Sequence[Tree]) -> str:
    """The catalogues of objects and what is wrong with them; nothing where there are none."""
    if not catalogues:
        return ""
    broken = "".join(
        f'<p class="alert"><strong>A catalogue is not shown.</strong> '
        f"{escape(each['name'] or 'All')}: {escape(each['reason'])}.</p>"
        for each in catalogues
        if each["reason"]
    )
    rows = (
        (
            escape(each["name"]),
            str(each["objects"]),
            str(each["refused"]),
            "<br>".join(map(escape, each["problems"])),
        )
        for each in catalogues
        if not each["reason"]
    )
    titles = ("catalogue", "objects", "rows left out", "why")
    return f"<h2>Catalogues</h2>{broken}{table('Catalogues on the page of the sky', titles, rows)}"


def _wake(base: str, csrf: str) -> str:
    button = post_form(base, "/ops/", csrf, "Wake the workers")
    return (
        "<p>Sends permits for the parts that are ready, as the control worker does every two "
        f'seconds: for when it is away.</p><div class="ways">{button}</div>'
    )
