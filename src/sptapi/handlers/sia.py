"""Queries for maps (SIA 2.0)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from aiohttp import web

from sptapi.http.bodies import query, reader_of, small_intake
from sptapi.http.search_errors import search_error
from sptapi.http.streaming import send_blocks
from sptapi.keys import ENGINE, LINKS, MAP_SEARCH
from sptapi.parameters.body import fields_only
from sptapi.parameters.controls import Fields
from sptapi.parameters.searches import (
    CSV,
    JSON,
    at_once,
    names_large_places,
    read_max_rows,
    read_table_form,
    unknown_parameters,
)
from sptapi.representations.service_descriptors import Addresses
from sptapi.representations.sia import TableForm, csv_form, json_form, votable_form
from sptjobs.obscore.observation import MapObservation
from sptjobs.obscore.query import ObservationQuery
from sptjobs.obscore.sia_parameters import CONDITIONS, read_query
from sptjobs.uws.errors import UsageError


async def search(request: web.Request) -> web.StreamResponse:
    """Send the maps that the parameters select, as a table of observations."""
    fields = fields_only(
        await small_intake(request) if request.method == "POST" else query(request)
    )
    try:
        table, requested, max_rows = await _read(request, fields)
    except UsageError as error:
        return search_error(request, fields, error)
    response = web.StreamResponse(headers={"Content-Type": table.content_type})
    async with aclosing(_blocks(request, table, requested, max_rows)) as blocks:
        return await send_blocks(request, response, blocks)


async def _read(request: web.Request, fields: Fields) -> tuple[TableForm, ObservationQuery, int]:
    form, media_type = read_table_form(fields)
    links = request.app[LINKS]
    ignored = unknown_parameters(fields, CONDITIONS)
    facts = {"ignored": f"means nothing here: {', '.join(ignored)[:400]}"} if ignored else {}
    if form == CSV:
        table = csv_form()
    elif form == JSON:
        table = json_form(facts)
    else:
        table = votable_form(Addresses(links.datalink, links.sync, links.jobs), facts, media_type)
    max_rows, ids = read_max_rows(fields), request.app[MAP_SEARCH].ids
    read = reader_of(request) if names_large_places(fields) else at_once
    return table, await read(read_query, fields, ids), max_rows


async def _blocks(
    request: web.Request, table: TableForm, requested: ObservationQuery, max_rows: int
) -> AsyncGenerator[bytes]:
    search, database = request.app[MAP_SEARCH], request.app[ENGINE].database
    snapshot = await search.snapshot(database)
    # What cannot be found is a status still while the head is not sent.
    head = table.head
    # With MAXREC=0 a client asks for the columns alone (DALI 1.1, section 3.4.3).
    overflow, is_first = max_rows == 0, True

    def rows(found: Sequence[MapObservation]) -> bytes:
        return table.rows(found, is_first)

    if max_rows:
        apart = reader_of(request)
        found = search.find(database, snapshot, requested, rows, max_rows, read_apart=apart)
        async with aclosing(found) as pages:
            async for block, more in pages:
                yield head + block
                head = b""
                is_first = is_first and not block
                overflow = more
    yield head + table.tail(overflow)
