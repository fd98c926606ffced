"""The page of one's account; it works without scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sptapi.representations.html import ACCOUNT_PLACE, html_page, post_form, time_element
from sptapi.representations.sign_in import listed_groups, sign_out_form
from sptjobs.store.sessions import SessionRow


@dataclass(frozen=True, slots=True)
class User:
    """Whose page it is; ``session`` is the id of the session that asks."""

    name: str
    groups: Sequence[str]
    is_admin: bool
    session: str


def account_page(base: str, user: User, sessions: Iterable[SessionRow], *, csrf: str) -> str:
    """Write who is signed in and where.

    Parameters
    ----------
    base
        The service's public address.
    csrf
        The session's secret, which every form repeats.
    """
    operations = f'<a href="{escape(base)}/ops/">Operations</a>'
    admin = f"<p>You are an administrator of this service: {operations}.</p>"
    others = post_form(base, "/account/sessions", csrf, "End all other sessions", session="others")
    rows = "".join(
        _session_row(base, each, csrf, current=each.session_id == user.session) for each in sessions
    )
    return html_page(
        base,
        "Your account",
        f"<p>Signed in as <strong>{escape(user.name)}</strong>.</p>"
        f"{admin if user.is_admin else ''}"
        f'<div class="ways">{sign_out_form(base, csrf)}</div>'
        f"<h2>Groups</h2><p>{listed_groups(user.groups)}</p>"
        "<h2>Access tokens</h2><p>Scripts, pyvo and TOPCAT present a token instead of a session. "
        f'<a href="{escape(base)}/app/cutout/account">Make and revoke tokens</a>, or '
        f'<a href="{escape(base)}/account/token/create">get one as JSON</a>. '
        "A token is shown once.</p>"
        '<h2>Sessions</h2><p class="note">Browsers in which you are signed in. '
        "One that you do not know is ended here.</p>"
        "<table><tr><th>Browser</th><th>Begun (UTC)</th><th>Last used (UTC)</th>"
        "<th>Action</th></tr>"
        f"{rows}</table>"
        f'<p>{others}</p><p><a href="{escape(base)}/app/cutout/">To the cutouts</a></p>',
        place=ACCOUNT_PLACE,
    )


def _session_row(base: str, row: SessionRow, csrf: str, *, current: bool) -> str:
    end = (
        "this browser"
        if current
        else post_form(base, "/account/sessions", csrf, "End", session=row.session_id)
    )
    return (
        f"<tr><td>{escape(_browser(row.agent))}</td><td>{time_element(row.created)}</td>"
        f"<td>{time_element(row.last_seen)}</td><td>{end}</td></tr>"
    )


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
    browser_name = {"Edg": "Edge", "OPR": "Opera"}.get(name, name)
    return (
        browser_name
        if system is None
        else f"{browser_name} on {system.replace('Mac OS X', 'macOS')}"
    )
