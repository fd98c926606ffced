"""The sessions of one's browsers: as JSON, and what the account's page does to them."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.http.actor import actor
from sptapi.http.bodies import small_form
from sptapi.http.responses import json_response, see_other
from sptapi.keys import ENGINE, IDENTITY, LINKS, SETTINGS
from sptapi.representations.times import render_time
from sptapi.services.sessions import end_other_sessions, end_own_session, own_sessions
from sptjobs.store.sessions import SessionRow
from sptjobs.uws.errors import ParameterError

_OTHERS = "others"


async def end(request: web.Request) -> web.Response:
    """End the session that the page's form names, or all others."""
    named = (await small_form(request)).get("SESSION")
    if not named:
        raise ParameterError("must name a session, or be others", field="SESSION")
    if named == _OTHERS:
        await _end_others(request)
    else:
        await _end_one(request, named)
    return see_other(f"{request.app[LINKS].base}/account")


async def list_(request: web.Request) -> web.Response:
    """List the sessions."""
    mine = request[IDENTITY]
    rows = await own_sessions(request.app[ENGINE].database, request.app[SETTINGS], mine)
    return json_response({"sessions": [_document(row, mine.credential_id) for row in rows]})


async def delete(request: web.Request) -> web.Response:
    """End a session; its own browser is out with its next request."""
    await _end_one(request, request.match_info["session_id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def delete_others(request: web.Request) -> web.Response:
    """End all sessions but the one that asks."""
    await _end_others(request)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _end_one(request: web.Request, session_id: str) -> None:
    database = request.app[ENGINE].database
    await end_own_session(database, request[IDENTITY], session_id, actor(request))


async def _end_others(request: web.Request) -> None:
    await end_other_sessions(request.app[ENGINE].database, request[IDENTITY], actor(request))


def _document(row: SessionRow, current: str) -> dict[str, Any]:
    return {
        "id": row.session_id,
        "created": render_time(row.created),
        "lastUsed": render_time(row.last_seen),
        "expires": render_time(row.expires),
        "agent": row.agent,
        "current": row.session_id == current,
    }
