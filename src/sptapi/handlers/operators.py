"""The operators' pages, and the same as JSON: the whole service, everybody's jobs, dead letters."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from sptapi.auth.oidc.group_admin import user_page
from sptapi.auth.policy import granted_group
from sptapi.browser.navigation import form_targets
from sptapi.browser.storage import csrf_token
from sptapi.http.actor import actor
from sptapi.http.bodies import query, small_intake
from sptapi.http.browsers import preferred_form
from sptapi.http.responses import json_response, page_response, see_other
from sptapi.keys import ENGINE, IDENTITY, LINKS, SETTINGS, SIGN_IN, SKY_CATALOGUES
from sptapi.parameters.access_requests import read_decision
from sptapi.parameters.body import fields_only
from sptapi.parameters.operators import given, read_change, read_discard, read_filters
from sptapi.representations.jobs import jobs_tree
from sptapi.representations.operators.access_page import access_page
from sptapi.representations.operators.dead_letters_page import dead_letters_page
from sptapi.representations.operators.job_page import job_page
from sptapi.representations.operators.jobs_page import jobs_page
from sptapi.representations.operators.overview_page import overview_page
from sptapi.representations.operators.trees import (
    access_tree,
    dead_letters_tree,
    operator_job_tree,
    overview_tree,
)
from sptapi.representations.tree import Tree
from sptapi.services.access_requests import (
    access_requests,
    approve_access,
    decline_access,
    open_requests,
)
from sptapi.services.job_access import readable_job
from sptapi.services.operators import job_history, jobs_of_all
from sptjobs.broker.control_results import ControlResult, read_results
from sptjobs.broker.inspection import Contents, read_contents
from sptjobs.broker.inspection import read_dead_letters as read_letters
from sptjobs.engine import operator_commands
from sptjobs.engine.results_owner import foreign_results
from sptjobs.engine.workload import read_workload
from sptjobs.uws.errors import UnavailableError

_MAX_LETTERS: Final = 100
_MAX_TRANSITIONS: Final = 20


async def redirect(request: web.Request) -> web.Response:
    """Send the client on to the overview."""
    location = f"{request.app[SETTINGS].base_path}/ops/"
    return web.Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": location})


async def overview(request: web.Request) -> web.Response:
    """Show jobs, parts, queues and workers; without the broker what the database knows."""
    engine = request.app[ENGINE]
    contents: Contents | None = None
    made: list[ControlResult] = []
    reason = None
    try:
        contents = await read_contents(engine.wakeups.client)
        made = await read_results(engine.wakeups.client, _MAX_TRANSITIONS)
    except UnavailableError as error:
        reason = error.message
    foreign = await foreign_results(engine.database, engine.settings.results)
    asking = await open_requests(engine.database)
    work = await read_workload(engine)
    states = await request.app[SKY_CATALOGUES].states()
    catalogues = [(each.name, each.catalogue, each.reason) for each in states]
    tree = overview_tree(
        work, contents, made, reason, foreign, asking=asking, catalogues=catalogues
    )
    return await _respond(request, tree, overview_page)


async def wake(request: web.Request) -> web.Response:
    """Send permits for what is ready."""
    sent = await operator_commands.wake_workers(request.app[ENGINE], actor(request))
    return _done(request, "/ops/", {"permits": sent})


async def get_jobs(request: web.Request) -> web.Response:
    """List everybody's jobs."""
    fields = given(query(request).fields)
    job_query = read_filters(fields)
    found, total = await jobs_of_all(request.app[ENGINE].database, actor(request), job_query)
    tree = jobs_tree(found, total, request.app[LINKS].jobs)

    def page(base: str, tree: Tree, _csrf: str) -> str:
        return jobs_page(base, tree, fields, job_query)

    return await _respond(request, tree, page)


async def get_job(request: web.Request) -> web.Response:
    """Show a job of anybody with its history and its parts."""
    return await _respond(request, await _job_tree(request), job_page)


async def post_job(request: web.Request) -> web.Response:
    """Abort a job of anybody, or archive it."""
    change = read_change(fields_only(await small_intake(request)))
    job = await readable_job(
        request.app[ENGINE].database, request[IDENTITY], request.match_info["job_id"]
    )
    if change.action == "ABORT":
        await operator_commands.abort_for_operator(
            request.app[ENGINE], job.job_id, actor(request), change.reason
        )
    else:
        await operator_commands.archive_for_operator(
            request.app[ENGINE], job.job_id, actor(request)
        )
    if _wants_page(request):
        return _led_on(request, f"/ops/jobs/{job.job_id}")
    return json_response(await _job_tree(request))


async def get_dead_letters(request: web.Request) -> web.Response:
    """List the newest messages that were given up."""
    client = request.app[ENGINE].wakeups.client
    tree = dead_letters_tree(*await read_letters(client, _MAX_LETTERS))
    return await _respond(request, tree, dead_letters_page)


async def post_dead_letters(request: web.Request) -> web.Response:
    """Discard the dead letters of a queue that somebody has looked at."""
    queue, until = read_discard(fields_only(await small_intake(request)))
    engine = request.app[ENGINE]
    count = await operator_commands.discard_for_operator(engine, queue, until, actor(request))
    return _done(request, "/ops/deadletters", {"discarded": count})


async def get_access_requests(request: web.Request) -> web.Response:
    """List who asks for access, and what was decided lately."""
    found = await access_requests(request.app[ENGINE].database)
    group = granted_group(request.app[SETTINGS])
    tree = access_tree(found, group, user_page, sets=_sets_groups(request))
    return await _respond(request, tree, access_page)


async def post_access_request(request: web.Request) -> web.Response:
    """Approve a request for access, or decline it."""
    decision = read_decision(fields_only(await small_intake(request)))
    database, who = request.app[ENGINE].database, request.match_info["account_id"]
    mails = request.app[SETTINGS].mail is not None
    if decision.action == "APPROVE":
        sign_in = request.app[SIGN_IN]
        await approve_access(database, sign_in, who, decision.reason, actor(request), mails=mails)
    else:
        await decline_access(database, who, decision.reason, actor(request), mails=mails)
    return _done(request, "/ops/access", {"account": who, "action": decision.action})


def _sets_groups(request: web.Request) -> bool:
    """Whether the service sets groups at the provider."""
    sign_in = request.app[SIGN_IN]
    return sign_in is not None and sign_in.groups is not None


async def _job_tree(request: web.Request) -> Tree:
    found = await job_history(
        request.app[ENGINE].database, request[IDENTITY], request.match_info["job_id"]
    )
    return operator_job_tree(found.job, found.parts, found.noted, found.events)


async def _respond(
    request: web.Request, tree: Tree, page: Callable[[str, Tree, str], str]
) -> web.Response:
    """Respond with JSON, or with the page where a browser asks for one."""
    if not _wants_page(request):
        return json_response(tree)
    text = page(request.app[LINKS].base, tree, await csrf_token(request) or "")
    return page_response(text, form_targets=form_targets(request))


def _done(request: web.Request, path: str, document: Tree) -> web.Response:
    """Say what a change did, or send a browser on to where it shows."""
    return _led_on(request, path) if _wants_page(request) else json_response(document)


def _led_on(request: web.Request, path: str) -> web.Response:
    return see_other(request.app[LINKS].base + path)


def _wants_page(request: web.Request) -> bool:
    return preferred_form(request, ("application/json", "text/html")) == "text/html"
