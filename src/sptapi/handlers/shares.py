"""Sharing jobs with others, who may read them and change nothing."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.handlers.jobs import list_response
from sptapi.http.actor import actor
from sptapi.http.bodies import query, small_intake
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, IDENTITY, LINKS
from sptapi.parameters.jobs import read_job_query
from sptapi.parameters.shares import read_share_wish
from sptapi.representations.times import render_time
from sptapi.services.shares import end_share, share_job, shared_jobs, shares_of
from sptjobs.store.shares import JobShare, ShareKind


async def list_(request: web.Request) -> web.Response:
    """List whom a job is shared with; who reads it sees who else does."""
    job_id = request.match_info["job_id"]
    shares = await shares_of(request.app[ENGINE].database, request[IDENTITY], job_id)
    return json_response({"shares": [_tree(share) for share in shares]})


async def create(request: web.Request) -> web.Response:
    """Share a job."""
    wish = read_share_wish(await small_intake(request))
    database, identity = request.app[ENGINE].database, request[IDENTITY]
    job_id = request.match_info["job_id"]
    share = await share_job(database, identity, job_id, wish, actor(request))
    return json_response(_tree(share), status=HTTPStatus.CREATED)


async def delete(request: web.Request) -> web.Response:
    """End a share."""
    database, identity, ids = request.app[ENGINE].database, request[IDENTITY], request.match_info
    await end_share(database, identity, ids["job_id"], ids["share_id"], actor(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def list_jobs(request: web.Request) -> web.Response:
    """List the jobs of others that are shared with the user, newest first by default."""
    job_query = read_job_query(query(request).fields)
    database, identity = request.app[ENGINE].database, request[IDENTITY]
    found, total = await shared_jobs(database, identity, job_query)
    address = request.app[LINKS].shared_jobs
    return await list_response(request, address, job_query, found, total)


def _tree(share: JobShare) -> dict[str, Any]:
    return {
        "id": share.share_id,
        "kind": share.kind.value,
        "name": None if share.kind is ShareKind.LINK else share.name,
        "created": render_time(share.created),
    }
