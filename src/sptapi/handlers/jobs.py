"""The job list and the job itself (UWS 1.1, sections 2.2.2 and 2.2.3)."""

from datetime import UTC, datetime

from aiohttp import web

from sptapi.handlers.answers import see_other, tree_answer
from sptapi.handlers.intake import intake, query
from sptapi.keys import ENGINE, IDENTITY, LINKS, SETTINGS, WATCH
from sptapi.parameters.controls import read_filter, read_phase, read_wait, single
from sptapi.parameters.cutout import new_job
from sptapi.representations.uws_tree import job_tree, jobs_tree
from sptapi.representations.uws_xml import job_xml, jobs_xml
from sptapi.services import jobs
from sptapi.services.results import list_results
from sptjobs.engine.commands import abort_job, create_job, delete_job, run_job
from sptjobs.engine.retention import notes_of
from sptjobs.store.jobs import list_jobs, read_packs
from sptjobs.uws.errors import ParameterError, UsageError


async def list_(request: web.Request) -> web.Response:
    """List the user's own jobs, newest first."""
    wanted = read_filter(query(request).fields)
    async with request.app[ENGINE].database.read() as connection:
        found = await list_jobs(
            connection,
            request[IDENTITY].account_id,
            phases=wanted.phases,
            after=wanted.after,
            last=wanted.last,
        )
    return tree_answer(request, jobs_tree(found, request.app[LINKS].jobs), jobs_xml)


async def create(request: web.Request) -> web.Response:
    """Make a job, with PHASE=RUN one that is queued already."""
    form = await intake(request)
    owner_id = request[IDENTITY].account_id
    limit = await jobs.most_targets(request.app[ENGINE], owner_id)
    new, run = await new_job(form, owner_id, max_targets=limit)
    job = await create_job(request.app[ENGINE], new, run=run)
    return see_other(request.app[LINKS].job(job.job_id))


async def read(request: web.Request) -> web.Response:
    """Show a job; with WAIT, once its phase has changed or the time is over."""
    fields = query(request).fields
    seconds = read_wait(fields, request.app[SETTINGS].wait_cap_s)
    guard = single(fields, "PHASE")
    phase = None if guard is None else read_phase(guard)
    database, links = request.app[ENGINE].database, request.app[LINKS]
    job = await jobs.readable_job(database, request[IDENTITY], request.match_info["job_id"])
    job = await jobs.awaited_job(request.app[WATCH], job, seconds, phase)
    async with database.read() as connection:
        packs = await read_packs(connection, job.job_id)
    notes = notes_of(job, request.app[SETTINGS], datetime.now(UTC))
    tree = job_tree(job, list_results(job, packs, links), links.job(job.job_id), notes)
    return tree_answer(request, tree, job_xml)


async def post(request: web.Request) -> web.Response:
    """Delete a job by ACTION=DELETE, or run or abort it: some clients post PHASE here."""
    fields = (await intake(request)).fields
    unknown = sorted({name for name, _ in fields} - {"ACTION", "PHASE"})
    if unknown:
        raise UsageError(f"{unknown[0]}: post parameters to {request.path}/parameters")
    action = single(fields, "ACTION")
    if action is None:
        return await change_phase(request, single(fields, "PHASE"))
    if action != "DELETE":
        raise ParameterError("must be DELETE", field="ACTION", value=action)
    return await delete(request)


async def delete(request: web.Request) -> web.Response:
    """Delete a job with everything it made; work on it stops."""
    job_id = request.match_info["job_id"]
    await jobs.change(request.app[ENGINE], request[IDENTITY], job_id, delete_job)
    return see_other(request.app[LINKS].jobs)


async def change_phase(request: web.Request, phase: str | None) -> web.Response:
    """Run or abort a job; aborting a finished one changes nothing."""
    commands = {"RUN": run_job, "ABORT": abort_job}
    if phase not in commands:
        raise ParameterError("must be RUN or ABORT", field="PHASE", value=phase)
    job_id = request.match_info["job_id"]
    await jobs.change(request.app[ENGINE], request[IDENTITY], job_id, commands[phase])
    return see_other(request.app[LINKS].job(job_id))
