"""Who am I."""

from typing import Any

from aiohttp import web

from sptapi.browser.storage import csrf_token
from sptapi.handlers.answers import json_answer
from sptapi.keys import IDENTITY


async def read(request: web.Request) -> web.Response:
    """Show the identity that the token or the session proves."""
    found = request[IDENTITY]
    document: dict[str, Any] = {
        "id": found.account_id,
        "name": found.name,
        "groups": list(found.groups),
        "scopes": sorted(found.scopes),
        "admin": found.is_admin,
    }
    if found.credential == "session":
        document["csrf"] = await csrf_token(request)
    return json_answer(document)
