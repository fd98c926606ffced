"""Who am I."""

from typing import Any

from aiohttp import web

from sptapi.browser.storage import csrf_token
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, IDENTITY
from sptapi.representations.times import render_time
from sptjobs.engine.engine import Engine
from sptjobs.engine.quotas import limits_of, usage_of
from sptjobs.store.sessions import read_session


async def read(request: web.Request) -> web.Response:
    """Show the identity that the token or the session proves."""
    found = request[IDENTITY]
    document: dict[str, Any] = {
        "id": found.account_id,
        "name": found.name,
        "groups": list(found.groups),
        "scopes": sorted(found.scopes),
        "admin": found.is_admin,
        "limits": await _limits(request.app[ENGINE], found.account_id),
    }
    if found.credential == "session":
        document["csrf"] = await csrf_token(request)
        document["session"] = await _session(request.app[ENGINE], found.credential_id)
    return json_response(document)


async def _session(engine: Engine, session_id: str) -> dict[str, str] | None:
    """Tell when the session ends; None if it did just now, in another tab."""
    async with engine.database.read() as connection:
        row = await read_session(connection, session_id)
    return None if row is None else {"id": row.session_id, "expires": render_time(row.expires)}


async def _limits(engine: Engine, account_id: str) -> dict[str, Any]:
    async with engine.database.read() as connection:
        limits = await limits_of(connection, engine.settings, account_id)
        used = await usage_of(connection, account_id)
    return {
        "active": {"used": used.active_jobs, "limit": limits.active_jobs},
        "pending": {"used": used.pending_jobs, "limit": limits.pending_jobs},
        "stored": {"used": used.stored_bytes, "limit": limits.stored_bytes},
        "targets": {"limit": limits.targets},
    }
