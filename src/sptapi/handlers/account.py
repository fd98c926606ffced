"""Who am I."""

from typing import Any

from aiohttp import web

from sptapi.browser.storage import csrf_token
from sptapi.handlers.answers import json_answer
from sptapi.keys import ENGINE, IDENTITY
from sptjobs.engine.engine import Engine
from sptjobs.engine.limits import limits_of, usage_of


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
    return json_answer(document)


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
