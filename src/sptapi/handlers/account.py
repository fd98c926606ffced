"""Who am I."""

from aiohttp import web

from sptapi.handlers.answers import json_answer
from sptapi.keys import IDENTITY


async def read(request: web.Request) -> web.Response:
    """Show the identity that the token proves."""
    found = request[IDENTITY]
    return json_answer(
        {
            "id": found.account_id,
            "name": found.name,
            "groups": list(found.groups),
            "scopes": sorted(found.scopes),
            "admin": found.is_admin,
        }
    )
