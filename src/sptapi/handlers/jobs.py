"""The job list and the job itself (UWS 1.1, sections 2.2.2 and 2.2.3)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from sptapi.handlers.origin import repeat_of
from sptapi.http.bodies import intake, query, reader_of
from sptapi.http.responses import JSON_TYPE, see_other, tree_response, tree_type
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, JOB_STATES, LINKS, SETTINGS, WATCH
from sptapi.parameters.body import fields_only
from sptapi.parameters.controls import read_phase, read_run_id, read_wait, single
from sptapi.parameters.cutout import new_job
from sptapi.parameters.jobs import next_page, read_job_query
from sptapi.representations.jobs import jobs_tree
from sptapi.representations.uws_xml import jobs_xml
from sptapi.services.job_access import change_own_job, changeable_job
from sptapi.services.job_documents import job_document
from sptapi.services.jobs import (
    awaited_state,
    own_jobs,
    owner_limits,
    run_own_job,
)
from sptapi.services.maps import refuse_unknown
from sptjobs.engine.job_commands import abort_job, create_job, delete_job, set_run_id
from sptjobs.engine.retention import notes_of
from sptjobs.store.lists import JobQuery
from sptjobs.uws.errors import ParameterError, UsageError
from sptjobs.uws.jobs import JobReference

_AFTER_DELETION = 100
"""Jobs of the list that clients are sent to, and read, once they have deleted one."""


async def list_(request: web.Request) -> web.Response:
    """List the user's own jobs, newest first by default; a list that is long leads on."""
    fields = query(request).fields
    job_query = read_job_query(fields)
    found, total = await own_jobs(request.app[ENGINE].database, request[IDENTITY], job_query)
    return await list_response(request, request.app[LINKS].jobs, job_query, found, total)


async def list_response(
    request: web.Request,
    address: str,
    job_query: JobQuery,
    found: Sequence[JobReference],
    total: int,
) -> web.Response:
    """Respond with a page of the list of jobs at an address; where more follow, it leads on."""
    following = next_page(query(request).fields, job_query, len(found), total)
    headers = None if following is None else {"Link": f'<{address}?{following}>; rel="next"'}
    list_url = request.app[LINKS].jobs

    def written() -> web.Response:
        return tree_response(request, jobs_tree(found, total, list_url), jobs_xml, headers)

    # A long list takes its time, in which others are served.
    return await asyncio.to_thread(written)


async def create(request: web.Request) -> web.Response:
    """Make a job, with PHASE=RUN one that is queued already."""
    form = await intake(request)
    engine, owner_id = request.app[ENGINE], request[IDENTITY].account_id
    limits = await owner_limits(engine, owner_id)
    repeat = await repeat_of(request, form)
    new, run = await new_job(
        form, owner_id, max_targets=limits.targets, read=reader_of(request), repeat=repeat
    )
    await refuse_unknown(engine, request.app[ARCHIVE], new.request)
    job = await create_job(engine, new, limits=limits, run=run)
    return see_other(request.app[LINKS].job(job.job_id))


async def read(request: web.Request) -> web.Response:
    """Show a job; with WAIT, once its phase has changed or the time is over."""
    fields = query(request).fields
    seconds = read_wait(fields, request.app[SETTINGS].wait_cap_s)
    guard = single(fields, "PHASE")
    phase = None if guard is None else read_phase(guard)
    state = await awaited_state(
        request.app[JOB_STATES],
        request.app[WATCH],
        request[IDENTITY],
        request.match_info["job_id"],
        seconds=seconds,
        guard=phase,
    )
    notes = notes_of(state.job, request.app[SETTINGS], datetime.now(UTC))
    media_type = tree_type(request)
    body = job_document(state, notes, request.app[LINKS], as_json=media_type == JSON_TYPE)
    return web.Response(body=body, content_type=media_type)


async def post(request: web.Request) -> web.Response:
    """Delete a job by ACTION=DELETE, rename it by RUNID, or run or abort it.

    Some clients post PHASE here and not to the phase.
    """
    fields = fields_only(await intake(request))
    unknown = sorted({name for name, _ in fields} - {"ACTION", "PHASE", "RUNID"})
    if unknown:
        raise UsageError(f"{unknown[0]}: post parameters to {request.path}/parameters")
    if len({name for name, _ in fields}) > 1:
        raise UsageError("ACTION, PHASE and RUNID are posted one at a time")
    action = single(fields, "ACTION")
    if single(fields, "RUNID") is not None:
        return await rename(request, read_run_id(fields))
    if action is None:
        return await change_phase(request, single(fields, "PHASE"))
    if action != "DELETE":
        raise ParameterError("must be DELETE", field="ACTION", value=action)
    return await delete(request)


async def rename(request: web.Request, run_id: str | None) -> web.Response:
    """Give a job another run id; an empty one takes it away."""
    engine, job_id = request.app[ENGINE], request.match_info["job_id"]
    await changeable_job(engine.database, request[IDENTITY], job_id)
    await set_run_id(engine, job_id, run_id or None)
    return see_other(request.app[LINKS].job(job_id))


async def delete(request: web.Request) -> web.Response:
    """Delete a job with everything it made; work on it stops."""
    job_id = request.match_info["job_id"]
    await change_own_job(request.app[ENGINE], request[IDENTITY], job_id, delete_job)
    return see_other(f"{request.app[LINKS].jobs}?LAST={_AFTER_DELETION}")


async def change_phase(request: web.Request, phase: str | None) -> web.Response:
    """Run or abort a job; aborting a finished one changes nothing."""
    engine, identity, job_id = request.app[ENGINE], request[IDENTITY], request.match_info["job_id"]
    match phase:
        case "RUN":
            await run_own_job(engine, identity, job_id)
        case "ABORT":
            await change_own_job(engine, identity, job_id, abort_job)
        case _:
            raise ParameterError("must be RUN or ABORT", field="PHASE", value=phase)
    return see_other(request.app[LINKS].job(job_id))
