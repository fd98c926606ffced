"""The sessions of one's browsers: a page, and the same as JSON."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.browser.navigation import form_targets
from sptapi.browser.storage import csrf_token
from sptapi.http.actor import actor
from sptapi.http.responses import json_response, page_response, see_other
from sptapi.keys import ENGINE, IDENTITY, LINKS, SETTINGS
from sptapi.representations import account as account_page
from sptapi.representations.times import render_time
from sptjobs.store.audit import record_audit
from sptjobs.store.sessions import SessionRow, end_sessions, list_sessions
from sptjobs.uws.errors import ParameterError, UnknownResultError

_OTHERS = "others"


async def page(request: web.Request) -> web.Response:
    """Show who is signed in, and the sessions; to somebody in no group, what helps."""
    base, mine = request.app[LINKS].base, request[IDENTITY]
    if not mine.is_member:
        not_yet = account_page.not_yet(base, mine.name, mine.groups)
        return page_response(not_yet, status=HTTPStatus.FORBIDDEN)
    text = account_page.account(
        base,
        account_page.User(mine.name, mine.groups, mine.is_admin, mine.credential_id),
        await _mine(request),
        csrf=await csrf_token(request) or "",
    )
    return page_response(text, form_targets=form_targets(request))


async def post(request: web.Request) -> web.Response:
    """End the session that the page's form names, or all others."""
    named = (await request.post()).get("session")
    if not isinstance(named, str) or not named:
        raise ParameterError("must name a session, or be others", field="SESSION")
    await _end(request, None if named == _OTHERS else named)
    return see_other(f"{request.app[LINKS].base}/account")


async def list_(request: web.Request) -> web.Response:
    """List the sessions."""
    current = request[IDENTITY].credential_id
    return json_response({"sessions": [_document(row, current) for row in await _mine(request)]})


async def delete(request: web.Request) -> web.Response:
    """End a session; its own browser is out with its next request."""
    await _end(request, request.match_info["session_id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def delete_others(request: web.Request) -> web.Response:
    """End all sessions but the one that asks."""
    await _end(request, None)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _mine(request: web.Request) -> list[SessionRow]:
    idle = timedelta(seconds=request.app[SETTINGS].sign_in.idle_s)
    async with request.app[ENGINE].database.read() as connection:
        return await list_sessions(connection, request[IDENTITY].account_id, idle=idle)


async def _end(request: web.Request, session_id: str | None) -> None:
    """End one session, or all others for None."""
    mine = request[IDENTITY]
    ids = None if session_id is None else [session_id]
    but = mine.credential_id if session_id is None else None
    async with request.app[ENGINE].database.write() as connection:
        ended = await end_sessions(connection, mine.account_id, ids=ids, but=but)
        if session_id is not None and not ended:
            raise UnknownResultError("there is no such session")
        await record_audit(
            connection,
            "session.end",
            actor(request),
            target=session_id or _OTHERS,
            detail=f"{ended} ended by the user",
        )


def _document(row: SessionRow, current: str) -> dict[str, Any]:
    return {
        "id": row.session_id,
        "created": render_time(row.created),
        "lastUsed": render_time(row.last_seen),
        "expires": render_time(row.expires),
        "agent": row.agent,
        "current": row.session_id == current,
    }
