"""What a cutout request may say."""

import json

from aiohttp import web

from sptapi.http.responses import unless_known
from sptapi.keys import ENGINE, IDENTITY
from sptapi.representations.vocabulary import vocabulary_tree
from sptapi.services.jobs import owner_limits


async def read(request: web.Request) -> web.StreamResponse:
    """List the values that parameters take, their defaults, and the user's limits."""
    limits = await owner_limits(request.app[ENGINE], request[IDENTITY].account_id)
    tree = vocabulary_tree(limits.targets)
    return unless_known(request, json.dumps(tree), lambda: tree)
