"""The archive's catalogue."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from sptapi.http.bodies import query, reader_of
from sptapi.http.responses import unless_known
from sptapi.http.streaming import caching, not_modified, send_blocks
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, LINKS, MAP_SEARCH
from sptapi.parameters.controls import Fields
from sptapi.parameters.maps import FITS, following_page, read_map_list, read_moc_query
from sptapi.parameters.searches import at_once, names_large_places
from sptapi.representations.maps import (
    footprints_tree,
    map_lines,
    map_list_head,
    map_list_tail,
    summary_tree,
)
from sptapi.representations.moc import moc_document
from sptapi.services.jobs import owner_limits
from sptapi.services.map_search import conditions_of_list, listed
from sptjobs.obscore.listing import MapListQuery


async def list_(request: web.Request) -> web.StreamResponse:
    """List the maps that the parameters select, all of them or a page."""
    fields = query(request).fields
    read = reader_of(request) if names_large_places(fields) else at_once
    requested = await read(read_map_list, fields, request.app[MAP_SEARCH].ids)
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    async with aclosing(_blocks(request, fields, requested)) as blocks:
        return await send_blocks(request, response, blocks)


async def summary(request: web.Request) -> web.StreamResponse:
    """Say what there is by band, file type and tag, and within which limits."""
    engine = request.app[ENGINE]
    held = await request.app[ARCHIVE].holdings(engine.database)
    limit = (await owner_limits(engine, request[IDENTITY].account_id)).targets
    return unless_known(
        request, f"{held.snapshot}-{limit}", lambda: summary_tree(held.maps, held.snapshot, limit)
    )


async def footprints(request: web.Request) -> web.StreamResponse:
    """Say where the maps lie on the sky."""
    held = await request.app[ARCHIVE].holdings(request.app[ENGINE].database)
    return unless_known(request, held.snapshot, lambda: footprints_tree(held.maps, held.snapshot))


async def moc(request: web.Request) -> web.StreamResponse:
    """Send which part of the sky maps have observed, as a multi-order coverage map."""
    search, database = request.app[MAP_SEARCH], request.app[ENGINE].database
    requested, media_type = read_moc_query(query(request).fields, search.ids)
    snapshot = await search.snapshot(database)
    conditions = conditions_of_list(requested)
    coverage = await search.coverage(database, snapshot, conditions, reader_of(request))
    etag = hashlib.sha256(f"{media_type} {coverage}".encode()).hexdigest()[:32]
    if (unchanged := not_modified(request, f'"{etag}"')) is not None:
        return unchanged
    body: bytes = await reader_of(request)(moc_document, coverage, media_type)
    headers = {**caching(f'"{etag}"'), "Content-Type": media_type}
    if media_type == FITS:
        headers["Content-Disposition"] = 'inline; filename="moc.fits"'
    return web.Response(body=body, headers=headers)


async def _blocks(
    request: web.Request, fields: Fields, requested: MapListQuery
) -> AsyncGenerator[bytes]:
    search, database = request.app[MAP_SEARCH], request.app[ENGINE].database
    snapshot = await search.snapshot(database)
    head = map_list_head(snapshot)
    count, last, more = 0, "", False
    apart = reader_of(request)
    found = listed(search, database, snapshot, requested, map_lines, read_apart=apart)
    async with aclosing(found) as pages:
        async for (lines, last_id), is_cut in pages:
            if lines:
                yield head + (b",\n" if count else b"\n") + b",\n".join(lines)
                head = b""
                count, last = count + len(lines), last_id
            more = is_cut
    following = following_page(fields, last) if more else None
    address = None if following is None else f"{request.app[LINKS].maps}?{following}"
    yield head + map_list_tail(count, address)
