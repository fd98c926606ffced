"""Who am I, as JSON and as a page."""

from typing import Any

from aiohttp import web

from sptapi.browser.navigation import form_targets
from sptapi.browser.storage import csrf_token
from sptapi.handlers.access_requests import outsider_response
from sptapi.http.responses import json_response, page_response
from sptapi.keys import ENGINE, IDENTITY, LINKS, SETTINGS
from sptapi.representations.account import User, account_page
from sptapi.representations.times import render_time
from sptapi.services.account import AccountState, account_state
from sptapi.services.sessions import own_sessions
from sptjobs.store.sessions import SessionRow


async def read(request: web.Request) -> web.Response:
    """Show the identity that the token or the session proves."""
    identity = request[IDENTITY]
    state = await account_state(request.app[ENGINE], identity)
    document: dict[str, Any] = {
        "id": identity.account_id,
        "name": identity.name,
        "groups": list(identity.groups),
        "scopes": sorted(identity.scopes),
        "admin": identity.is_admin,
        "limits": _limits(state),
    }
    if identity.credential == "session":
        document["csrf"] = await csrf_token(request)
        document["session"] = _session(state.session)
    return json_response(document)


async def page(request: web.Request) -> web.Response:
    """Show who is signed in, and the sessions; to somebody in no group, what helps."""
    base, mine = request.app[LINKS].base, request[IDENTITY]
    if not mine.is_member:
        return await outsider_response(request, mine)
    sessions = await own_sessions(request.app[ENGINE].database, request.app[SETTINGS], mine)
    text = account_page(
        base,
        User(mine.name, mine.groups, mine.is_admin, mine.credential_id),
        sessions,
        csrf=await csrf_token(request) or "",
    )
    return page_response(text, form_targets=form_targets(request))


def _limits(state: AccountState) -> dict[str, Any]:
    used, limits = state.usage, state.limits
    return {
        "active": {"used": used.active_jobs, "limit": limits.active_jobs},
        "pending": {"used": used.pending_jobs, "limit": limits.pending_jobs},
        "stored": {"used": used.stored_bytes, "limit": limits.stored_bytes},
        "targets": {"limit": limits.targets},
    }


def _session(row: SessionRow | None) -> dict[str, str] | None:
    """Describe the session; None if it ended just now, in another tab."""
    return None if row is None else {"id": row.session_id, "expires": render_time(row.expires)}
