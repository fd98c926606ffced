"""Checking a request before it is submitted; nothing is made."""

import asyncio

from aiohttp import web

from sptapi.http.bodies import intake
from sptapi.http.responses import json_response
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, LINKS
from sptapi.parameters.body import Form
from sptapi.parameters.validation import control_problems, examine
from sptapi.representations.jobs import reference_tree
from sptapi.representations.validation import examined_tree, refused_tree
from sptapi.services.jobs import owner_limits, same_job
from sptapi.services.validation import forecast
from sptjobs.request.positions import table_as_csv
from sptjobs.uws.errors import UsageError


async def validate(request: web.Request) -> web.Response:
    """Say what is wrong with a request, what it will find, and what it will take."""
    form = await intake(request)
    response = await asyncio.to_thread(json_response, await _tree(request, form))
    response.enable_compression()
    return response


async def read_table(request: web.Request) -> web.Response:
    """Give an uploaded table of targets as CSV, whatever kind of table it is."""
    form = await intake(request)
    uploads = list(form.uploads.values())
    if len(uploads) != 1 or form.fields:
        raise UsageError("send one file with the table as multipart/form-data, and nothing else")
    limits = await owner_limits(request.app[ENGINE], request[IDENTITY].account_id)
    text = await asyncio.to_thread(table_as_csv, uploads[0], max_targets=limits.targets)
    response = web.Response(text=text, content_type="text/csv")
    response.enable_compression()
    return response


async def _tree(request: web.Request, form: Form) -> dict[str, object]:
    try:
        controls = control_problems(form)
        limits = await owner_limits(request.app[ENGINE], request[IDENTITY].account_id)
        examined = await examine(form, max_targets=limits.targets)
    except UsageError as error:
        return refused_tree(error)
    snapshot = found = same = None
    if examined.only_rows_are_bad:
        snapshot, found = await forecast(request.app[ENGINE], request.app[ARCHIVE], examined)
    tree = await asyncio.to_thread(examined_tree, examined, controls, snapshot, found)
    if snapshot is not None and not examined.problems:
        same = await same_job(request.app[ENGINE], request[IDENTITY], examined.request, snapshot)
    tree["same_job"] = same and reference_tree(same, request.app[LINKS].jobs)
    return tree
