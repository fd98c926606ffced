"""Dead letters: what they name, and how they are discarded."""

from collections.abc import Sequence
from html import escape

from sptapi.representations.html import post_form
from sptapi.representations.operators.layout import empty, job_link, moment, operators_page, table
from sptapi.representations.tree import Tree

_PATH = "/ops/deadletters"


def dead_letters_page(base: str, tree: Tree, csrf: str) -> str:
    """Write the page of dead letters; ``csrf`` is the session's secret."""
    letters: Sequence[Tree] = tree["letters"]
    if not letters:
        nothing = empty(
            "Messages that no worker could carry out would be here. There are none.",
            f"{base}/ops/",
            "Go to the overview",
        )
        return operators_page(base, _PATH, "Dead letters", nothing)
    shown = table(
        "Dead letters, the newest first",
        ("queue", "message", "actor", "job", "died (UTC)", "exception"),
        (_row(base, each) for each in letters),
    )
    return operators_page(
        base,
        _PATH,
        "Dead letters",
        '<p class="lead">Messages that were given up: a worker that read them did not know their '
        "actor, as one of an older release does. They are wake-ups: no job depends on them, "
        "and what is ready is announced anew. None is sent again.</p>"
        f'<p class="note">{len(letters):,} of {tree["total"]:,}, the newest first</p>{shown}'
        f"<h2>Actions</h2>{_discards(base, tree, csrf)}",
    )


def _row(base: str, letter: Tree) -> tuple[str, ...]:
    job = letter["job"] or ""
    is_id = len(job) == 32 and job.isalnum()
    return (
        escape(letter["queue"]),
        f"<code>{escape(letter['messageId'])}</code>",
        escape(letter["actor"] or ""),
        job_link(base, job) if is_id else escape(job[:80]),
        moment(letter["at"]),
        escape(letter["error"] or ""),
    )


def _discards(base: str, tree: Tree, csrf: str) -> str:
    """Offer to discard what is shown: what dies later was seen by nobody."""
    forms = []
    for queue, count in tree["queues"].items():
        times = [each["at"] for each in tree["letters"] if each["queue"] == queue]
        if times:
            label = f"Discard {count:,} of {escape(queue)}"
            forms.append(post_form(base, _PATH, csrf, label, QUEUE=queue, UNTIL=max(times)))
    return f'<div class="ways">{"".join(forms)}</div>'
