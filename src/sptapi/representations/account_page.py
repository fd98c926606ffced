"""Pages of signing in and out; they work without scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sptapi.representations.html import page
from sptjobs.store.sessions import SessionRow

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class User:
    """Whose page it is; ``session`` is the id of the session that asks."""

    name: str
    groups: Sequence[str]
    is_admin: bool
    session: str


def account(base: str, user: User, sessions: Iterable[SessionRow], *, csrf: str) -> str:
    """Write who is signed in and where.

    Parameters
    ----------
    base
        The service's public address.
    csrf
        The session's secret, which every form repeats.
    """
    admin = "<p>You are an administrator of this service.</p>" if user.is_admin else ""
    rows = "".join(
        _session_row(base, each, csrf, current=each.session_id == user.session) for each in sessions
    )
    return page(
        base,
        "Your account",
        f"<div>Signed in as <strong>{escape(user.name)}</strong> "
        f"{_sign_out_form(base, csrf)}</div>"
        f"{admin}<h2>Groups</h2><p>{_listed(user.groups)}</p>"
        "<h2>Access tokens</h2><p>Scripts, pyvo and TOPCAT present a token instead of a session. "
        f'<a href="{escape(base)}/app/cutout/account">Make and revoke tokens</a>, or '
        f'<a href="{escape(base)}/account/token/create">get one as JSON</a>. '
        "A token is shown once.</p>"
        '<h2>Sessions</h2><p class="note">Browsers in which you are signed in. '
        "One that you do not know is ended here.</p>"
        "<table><tr><th>browser</th><th>begun (UTC)</th><th>last used (UTC)</th><td></td></tr>"
        f"{rows}</table>"
        f"<p>{_form(base, '/account/sessions', csrf, 'End all other sessions', session='others')}"
        f'</p><p><a href="{escape(base)}/app/cutout/">To the cutouts</a></p>',
    )


def sign_out(base: str, csrf: str) -> str:
    """Ask whether to sign out."""
    return page(
        base,
        "Sign out",
        "<p>This ends the session in this browser, in all of its tabs, and the one at the "
        f'identity provider. Jobs go on.</p><div class="ways">{_sign_out_form(base, csrf)}'
        f'<a class="button quiet" href="{escape(base)}/account">Back to your account</a></div>',
    )


def not_yet(base: str, name: str, groups: Sequence[str]) -> str:
    """Say that somebody is known and not let in, and what helps."""
    return page(
        base,
        "Not authorised yet",
        f"<p>You signed in as <strong>{escape(name)}</strong>, but none of your groups may use "
        f"this service.</p><p>Your groups: {_listed(groups)}</p>"
        "<p>Ask whoever manages your collaboration's accounts to add you to its group for the "
        "data service, and tell them the name above. Then sign out and in again: the new group "
        "counts from the next sign-in. If this is the wrong account, sign out and take another.</p>"
        f'<p class="ways"><a class="button" href="{escape(base)}/account/logout">Sign out</a></p>',
    )


def _session_row(base: str, row: SessionRow, csrf: str, *, current: bool) -> str:
    end = (
        "this browser"
        if current
        else _form(base, "/account/sessions", csrf, "End", session=row.session_id)
    )
    return (
        f"<tr><td>{escape(_browser(row.agent))}</td><td>{_time(row.created)}</td>"
        f"<td>{_time(row.last_seen)}</td><td>{end}</td></tr>"
    )


def _sign_out_form(base: str, csrf: str) -> str:
    return _form(base, "/account/logout", csrf, "Sign out", kind="")


def _form(
    base: str, path: str, csrf: str, label: str, *, kind: str = "quiet", **fields: str
) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {"csrf": csrf, **fields}.items()
    )
    style = f' class="{kind}"' if kind else ""
    return (
        f'<form method="post" action="{escape(base + path)}">{hidden}'
        f"<button{style}>{label}</button></form>"
    )


def _listed(groups: Sequence[str]) -> str:
    """List groups; of very many only the first ones."""
    if not groups:
        return "none"
    shown = ", ".join(f"<code>{escape(group)}</code>" for group in groups[:_MOST_SHOWN])
    more = len(groups) - _MOST_SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _browser(agent: str | None) -> str:
    """Name the browser in words; what it says of itself is long and partly untrue."""
    if not agent:
        return "unknown"
    names = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    name = next((name for name in names if f"{name}/" in agent), None)
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
    system = next((system for system in systems if system in agent), None)
    if name is None:
        return agent[:60]
    told = {"Edg": "Edge", "OPR": "Opera"}.get(name, name)
    return told if system is None else f"{told} on {system.replace('Mac OS X', 'macOS')}"


def _time(moment: datetime) -> str:
    return (
        f'<time datetime="{moment.isoformat()}">'
        f'<span class="day">{moment:%Y-%m-%d}</span> {moment:%H:%M}</time>'
    )
