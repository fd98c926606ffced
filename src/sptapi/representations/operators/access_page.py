"""Who asks for access, and the forms that decide."""

from collections.abc import Sequence
from html import escape

from sptapi.representations.html import post_form
from sptapi.representations.operators.layout import empty, moment, operators_page, table
from sptapi.representations.tree import Tree
from sptjobs.store.access_requests import AccessRequest, AccessState

_PATH = "/ops/access"
_NOBODY = "Who asks for access would be here. Nobody waits."


def access_page(base: str, tree: Tree, csrf: str) -> str:
    """Write the page of requests for access; ``csrf`` is the session's secret."""
    requests: Sequence[Tree] = tree["requests"]
    waiting = [each for each in requests if each["state"] == AccessState.OPEN]
    decided = [each for each in requests if each["state"] != AccessState.OPEN]
    return operators_page(
        base,
        _PATH,
        "Requests for access",
        f'<p class="lead">{_consequence(tree)}</p>'
        f"{''.join(_open(base, each, csrf) for each in waiting) or empty(_NOBODY)}"
        f"<h2>Decided</h2>{_decided(base, decided, csrf)}",
    )


def _consequence(tree: Tree) -> str:
    group = f"<code>{escape(tree['group'])}</code>"
    if tree["setsGroup"]:
        return f"Who is approved is put into the group {group} at the identity provider."
    return (
        f"Put whom you approve into the group {group} at the identity provider first: this service "
        "has no client there that may. They read it when they sign in next."
    )


def _open(base: str, request: Tree, csrf: str) -> str:
    facts = (
        ("institute", escape(request["institute"])),
        ("what for", f'<span class="lines">{escape(request["why"])}</span>'),
        ("asked", f"{moment(request['asked'])} UTC"),
        ("account", f"<code>{escape(request['subject'])}</code> at {escape(request['issuer'])}"),
        ("provider", _provider(request)),
    )
    entries = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts if text)
    return (
        f'<h2>{escape(request["name"])}</h2><dl class="facts">{entries}</dl>'
        f'<div class="filters">{_button(base, request, csrf, "APPROVE")}</div>'
        f'<div class="filters">{_button(base, request, csrf, "DECLINE")}</div>'
    )


def _provider(request: Tree) -> str:
    page = request["userPage"]
    return f'<a href="{escape(page)}">Groups of this user</a>' if page else ""


def _button(base: str, request: Tree, csrf: str, action: str) -> str:
    """Write a form that decides; who is declined reads why."""
    declines = action == "DECLINE"
    label = f"{'Decline' if declines else 'Approve'} {escape(request['name'])}"
    asked = "Why, for the user" if declines else "Word for the user, if any"
    needed = " required" if declines else ""
    reason = (
        f'<label class="field">{asked} <input name="REASON" '
        f'maxlength="{AccessRequest.LONGEST_ANSWER}"{needed}></label>'
    )
    return post_form(
        base,
        f"{_PATH}/{request['account']}",
        csrf,
        label,
        kind="quiet" if declines else "",
        inputs=reason,
        ACTION=action,
    )


def _decided(base: str, requests: Sequence[Tree], csrf: str) -> str:
    if not requests:
        return empty(
            "What was decided would be here, until who is approved has signed in: nothing lately."
        )
    return table(
        "Requests that were decided, the newest first",
        ("who", "institute", "decided (UTC)", "by", "state", "answer", "change"),
        (
            (
                escape(each["name"]),
                escape(each["institute"]),
                moment(each["changed"]),
                escape(each["decidedBy"] or ""),
                escape(each["state"]),
                escape(each["answer"] or ""),
                _change(base, each, csrf),
            )
            for each in requests
        ),
    )


def _change(base: str, request: Tree, csrf: str) -> str:
    """Offer to approve what was declined: somebody may have thought again."""
    if request["state"] == AccessState.APPROVED:
        return _provider(request)
    label = f"Approve {escape(request['name'])}"
    return post_form(base, f"{_PATH}/{request['account']}", csrf, label, ACTION="APPROVE")
