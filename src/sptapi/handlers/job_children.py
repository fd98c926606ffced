"""A job's child resources (UWS 1.1, section 2.1, table 1)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from sptapi.auth.identity import Identity
from sptapi.handlers.jobs import change_phase, rename
from sptapi.http.accept import preferred
from sptapi.http.bodies import intake, reader_of
from sptapi.http.formats import response_format
from sptapi.http.responses import see_other, text_response, tree_response
from sptapi.keys import (
    ARCHIVE,
    ENGINE,
    IDENTITY,
    JOB_STATES,
    LINKS,
    OUTCOME_INDEXES,
    PACKS,
)
from sptapi.parameters.body import fields_only
from sptapi.parameters.controls import read_run_id, required, single
from sptapi.parameters.cutout import changed_request
from sptapi.representations.jobs import parameters_tree, results_tree
from sptapi.representations.times import render_time
from sptapi.representations.uws_xml import parameters_xml, results_xml
from sptapi.services.combinations import combination, combination_number, why_no_stamp
from sptapi.services.job_access import changeable_job, readable_job, readable_packs
from sptapi.services.jobs import changeable_request, parameter_values
from sptapi.services.manifest import MANIFEST_TYPES
from sptapi.services.maps import refuse_unknown
from sptapi.services.results import list_results
from sptjobs.engine.job_commands import change_request, set_destruction, set_execution_duration
from sptjobs.products import registry
from sptjobs.products.product import FileKind, Product
from sptjobs.request.control_values import parse_destruction, parse_duration
from sptjobs.store.database import Database
from sptjobs.store.jobs import PackRow
from sptjobs.uws.errors import UnknownResultError
from sptjobs.uws.jobs import Job


async def get_phase(request: web.Request) -> web.Response:
    """Give the phase as one word."""
    return text_response((await _job(request)).phase.value)


async def post_phase(request: web.Request) -> web.Response:
    """Run or abort the job."""
    return await change_phase(request, single(fields_only(await intake(request)), "PHASE"))


async def get_execution_duration(request: web.Request) -> web.Response:
    """Give the seconds that the job may execute."""
    return text_response(str((await _job(request)).execution_duration))


async def post_execution_duration(request: web.Request) -> web.Response:
    """Change the seconds that the job may execute; the service may take fewer."""
    fields = fields_only(await intake(request))
    seconds = parse_duration(required(fields, "EXECUTIONDURATION"))
    job = await _own_job(request)
    await set_execution_duration(request.app[ENGINE], job.job_id, seconds)
    return _to_job(request, job)


async def get_destruction_time(request: web.Request) -> web.Response:
    """Give the time at which the job is destroyed."""
    return text_response(_time((await _job(request)).destruction))


async def post_destruction_time(request: web.Request) -> web.Response:
    """Change the time at which the job is destroyed; the service may take an earlier one."""
    fields = fields_only(await intake(request))
    when = parse_destruction(required(fields, "DESTRUCTION"))
    job = await _own_job(request)
    await set_destruction(request.app[ENGINE], job.job_id, when)
    return _to_job(request, job)


async def get_quote(request: web.Request) -> web.Response:
    """Give the time at which the job is expected to end, empty when unknown."""
    states, job_id = request.app[JOB_STATES], request.match_info["job_id"]
    return text_response(_time((await states.read(request[IDENTITY], job_id)).job.quote))


async def get_owner(request: web.Request) -> web.Response:
    """Give the owner's name."""
    return text_response((await _job(request)).owner)


async def get_error(request: web.Request) -> web.Response:
    """Say why the job failed; 404 while it has not (DALI 1.1, section 4.2)."""
    job = await _job(request)
    if job.error is None:
        raise UnknownResultError(f"job {job.job_id} has no error")
    text = f"{job.error.code}: {job.error.message}\n"
    return text_response(text + (job.error.detail or ""))


async def get_parameters(request: web.Request) -> web.Response:
    """List the job's parameters."""
    job = await _job(request)
    tree = parameters_tree(job, request.app[LINKS].job(job.job_id))
    return tree_response(request, tree, parameters_xml)


async def post_parameters(request: web.Request) -> web.Response:
    """Change or add parameters of a PENDING job; a name replaces all its values."""
    form = await intake(request)
    if {name for name, _ in form.fields} == {"RUNID"}:
        return await rename(request, read_run_id(form.fields))
    engine, identity = request.app[ENGINE], request[IDENTITY]
    found = await changeable_request(engine, identity, request.match_info["job_id"])
    parameters, cutouts = await changed_request(
        found.parameters, form, max_targets=found.limits.targets, read=reader_of(request)
    )
    await refuse_unknown(engine, request.app[ARCHIVE], cutouts)
    await change_request(engine, found.job.job_id, parameters, cutouts)
    return _to_job(request, found.job)


async def get_parameter(request: web.Request) -> web.Response:
    """Give one parameter's value as it was sent."""
    database, identity, job_id = _requested(request)
    name = request.match_info["name"]
    parameters = await parameter_values(database, identity, job_id)
    values = [value for each, value in parameters if each.upper() == name.upper()]
    if not values:
        raise UnknownResultError(f"job {job_id} has no parameter {name[:80]}")
    return text_response("\n".join(values))


async def get_results(request: web.Request) -> web.Response:
    """List the job's results; there may be none yet."""
    job = await readable_job(*_requested(request))
    tree = results_tree(list_results(job, request.app[LINKS]))
    return tree_response(request, tree, results_xml)


async def get_result(request: web.Request) -> web.Response:
    """Send the client on to where the result's bytes are."""
    job, packs = await readable_packs(*_requested(request))
    result_id, links = request.match_info["result_id"], request.app[LINKS]
    if result_id not in {result.result_id for result in list_results(job, links)}:
        raise UnknownResultError(f"job {job.job_id} has no result {result_id[:80]}")
    if (number := combination_number(result_id)) is not None:
        response_format(request, ["application/fits"])
        return await _stamp(request, job, packs, number)
    if result_id == "result":
        response_format(request, ["application/x-tar"])
        return see_other(links.tar(job.job_id))
    if result_id == "manifest":
        return see_other(_manifest(request, job))
    product = next(
        each
        for each in registry.chosen(job.products)
        if each.result is not None and each.result.result_id == result_id
    )
    return see_other(_address(request, job, product))


def _manifest(request: web.Request, job: Job) -> str:
    """Where the manifest is in the form that RESPONSEFORMAT asks for; else as JSON."""
    names = {media.partition(";")[0]: name for name, media in MANIFEST_TYPES.items()}
    requested = response_format(request, tuple(names))
    return request.app[LINKS].out(job.job_id, names[requested or "application/json"])


async def _stamp(
    request: web.Request, job: Job, packs: Sequence[PackRow], number: int
) -> web.Response:
    """Send the client on to a stamp, or say why there is none."""
    stored = await asyncio.to_thread(request.app[PACKS].look, packs)
    if stored.lost:
        raise stored.lost_error(job.job_id, f"stamp {number}")
    indexes = request.app[OUTCOME_INDEXES]
    found = await asyncio.to_thread(combination, indexes, stored.folders, number)
    if found.file is None:
        return text_response(why_no_stamp(found))
    return see_other(request.app[LINKS].out(job.job_id, found.file))


def _address(request: web.Request, job: Job, product: Product) -> str:
    """Where a product's files are listed, or its table in the form that the client prefers."""
    links = request.app[LINKS]
    if isinstance(product.output, FileKind):
        response_format(request, ["application/json"])
        return f"{links.out(job.job_id)}?PRODUCT={product.name}"
    names = {media.partition(";")[0]: name for name, media in product.output.forms.items()}
    requested = response_format(request, tuple(names))
    accepted = preferred(request.headers.get("Accept", ""), tuple(names))
    return links.out(job.job_id, names[requested or accepted])


def _requested(request: web.Request) -> tuple[Database, Identity, str]:
    return request.app[ENGINE].database, request[IDENTITY], request.match_info["job_id"]


async def _job(request: web.Request) -> Job:
    return await readable_job(*_requested(request))


async def _own_job(request: web.Request) -> Job:
    return await changeable_job(*_requested(request))


def _to_job(request: web.Request, job: Job) -> web.Response:
    return see_other(request.app[LINKS].job(job.job_id))


def _time(time: datetime | None) -> str:
    return "" if time is None else render_time(time)
