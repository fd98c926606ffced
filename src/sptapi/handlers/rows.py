"""What became of each target on each map, a page at a time."""

import asyncio
from contextlib import nullcontext

from aiohttp import web

from sptapi.http.bodies import query
from sptapi.http.responses import json_response, lost_headers
from sptapi.http.streaming import caching, not_modified
from sptapi.keys import ENGINE, IDENTITY, LINKS, OUTCOME_INDEXES, PACKS, ROWS_TURN
from sptapi.parameters.rows import (
    ROW_FILTERS,
    check_names,
    read_page,
    read_row_filter,
    read_row_order,
)
from sptapi.representations.rows import RowsPage, rows_tree
from sptapi.services.files import packs_etag
from sptapi.services.job_access import readable_packs
from sptapi.services.rows import page_of
from sptjobs.packs.outcomes import MAX_ROWS
from sptjobs.packs.row_columns import USUAL_ORDER
from sptjobs.uws.errors import LimitError

_NAMES = ("OFFSET", "LIMIT", "SORT", *ROW_FILTERS)
_DEFAULT_ROWS, _MAX_ROWS = 100, 1000


async def read(request: web.Request) -> web.StreamResponse:
    """Give rows of the manifest; of a job that still runs, those of its finished parts."""
    fields = query(request).fields
    check_names(fields, _NAMES)
    page = read_page(fields, default=_DEFAULT_ROWS, maximum=_MAX_ROWS)
    row_filter, order = read_row_filter(fields), read_row_order(fields)
    job, packs = await readable_packs(
        request.app[ENGINE].database, request[IDENTITY], request.match_info["job_id"]
    )
    if job.progress.pairs_total > MAX_ROWS:
        message = f"the job has {job.progress.pairs_total} rows; read its manifest instead"
        raise LimitError(message)
    stored = await asyncio.to_thread(request.app[PACKS].look, packs)
    etag = f'{packs_etag(stored.there)[:-1]}-{job.version}"'
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    indexes = request.app[OUTCOME_INDEXES]
    # One at a time: a large job takes a second of a processor, and memory besides.
    turn = request.app[ROWS_TURN] if row_filter.ranges or order != USUAL_ORDER else nullcontext()
    async with turn:
        found: RowsPage = await asyncio.to_thread(
            page_of, indexes, stored.folders, row_filter, order, page.places
        )
    return json_response(
        rows_tree(job, found, page.offset, request.app[LINKS].out),
        headers=caching(etag) | lost_headers(stored.lost_parts),
    )
