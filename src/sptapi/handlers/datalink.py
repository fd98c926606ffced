"""Links of maps (DataLink 1.1)."""

import asyncio
from collections.abc import Iterator
from typing import Final

from aiohttp import web

from sptapi.http.bodies import query, small_intake
from sptapi.http.search_errors import search_error
from sptapi.keys import ENGINE, LINKS, MAP_SEARCH
from sptapi.parameters.body import fields_only
from sptapi.parameters.searches import (
    VOTABLE,
    read_max_rows,
    read_table_form,
    unknown_parameters,
)
from sptapi.representations.datalink import AskedMap, links_document
from sptapi.representations.service_descriptors import Addresses
from sptapi.services.datalink import Found, find_maps
from sptjobs.obscore.observation import DATALINK
from sptjobs.uws.errors import UsageError

MAX_IDS: Final = 500
"""Maps whose links one response has; further ones are missing from it, which it says."""


async def links(request: web.Request) -> web.Response:
    """Send the links of the maps that ID names, once each."""
    fields = fields_only(
        await small_intake(request) if request.method == "POST" else query(request)
    )
    try:
        _, media_type = read_table_form(fields, (VOTABLE,))
        max_rows = read_max_rows(fields)
        unknown_parameters(fields, {"ID"})
    except UsageError as error:
        return search_error(request, fields, error)
    sent = list(dict.fromkeys(value for name, value in fields if name == "ID"))
    database, search = request.app[ENGINE].database, request.app[MAP_SEARCH]
    found = await find_maps(database, search, sent[:MAX_IDS])
    where = request.app[LINKS]
    body = await asyncio.to_thread(
        links_document,
        Addresses(where.datalink, where.sync, where.jobs),
        where.sia,
        list(_asked(found)),
        max_rows,
        more=len(sent) > MAX_IDS,
    )
    return web.Response(body=body, headers={"Content-Type": media_type or DATALINK})


def _asked(found: Found) -> Iterator[AskedMap]:
    for sent, observation in found:
        if observation is not None:
            yield AskedMap(sent, observation)
        elif not sent.strip():
            yield AskedMap(sent, None, "UsageFault: ID has no value")
        else:
            yield AskedMap(sent, None, f"NotFoundFault: there is no map {sent[:200]}")
