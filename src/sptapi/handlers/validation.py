"""Checking a request before it is submitted; nothing is made."""

import json

from aiohttp import web

from sptapi.handlers.origin import repeat_of
from sptapi.http.bodies import intake, read_apart
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, LINKS
from sptapi.reading.readers import SharedArgument
from sptapi.reading.request_report import Draft, RequestReport, refusal, report_on
from sptapi.representations.jobs import reference_tree
from sptapi.services.jobs import owner_limits, same_job
from sptapi.services.validation import holdings_and_load
from sptjobs.request.positions import described_csv
from sptjobs.uws.errors import UsageError


async def validate(request: web.Request) -> web.Response:
    """Say what is wrong with a request, what it will find, and what it will take."""
    form = await intake(request)
    engine = request.app[ENGINE]
    limits = await owner_limits(engine, request[IDENTITY].account_id)
    holdings, load = await holdings_and_load(engine, request.app[ARCHIVE])
    try:
        draft = Draft(form, await repeat_of(request, form))
    except UsageError as error:
        report = refusal(error)
    else:
        report = await read_apart(
            request,
            report_on,
            *(draft, limits.targets, load, holdings.snapshot),
            shared=SharedArgument(holdings.snapshot, holdings.packed),
        )
    same = await _same_job(request, report, holdings.snapshot)
    body = b'{"same_job": ' + json.dumps(same).encode() + b", " + report.document[1:]
    return web.Response(body=body, content_type="application/json")


async def read_table(request: web.Request) -> web.Response:
    """Give an uploaded table of targets as CSV, whatever kind of table it is."""
    form = await intake(request)
    uploads = list(form.uploads.values())
    if len(uploads) != 1 or form.fields:
        raise UsageError("send one file with the table as multipart/form-data, and nothing else")
    limits = await owner_limits(request.app[ENGINE], request[IDENTITY].account_id)
    table = await read_apart(request, described_csv, uploads[0], max_targets=limits.targets)
    response = web.Response(text=table.text, content_type="text/csv")
    response.headers["X-Table-Kind"] = _header_text(table.kind)
    response.headers["X-Table-Frame"] = _header_text(table.frame)
    return response


def _header_text(text: str) -> str:
    """A text as a header may have it: a table's own words may be any."""
    return "".join(each if " " <= each <= "~" else "?" for each in text)[:100]


async def _same_job(
    request: web.Request, report: RequestReport, snapshot: str
) -> dict[str, object] | None:
    if report.digest is None:
        return None
    same = await same_job(request.app[ENGINE], request[IDENTITY], report.digest, snapshot)
    return None if same is None else reference_tree(same, request.app[LINKS].jobs)
