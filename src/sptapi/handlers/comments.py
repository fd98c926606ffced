"""Comments on jobs, by whoever may read them."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.http.bodies import small_intake
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, IDENTITY
from sptapi.parameters.comments import read_comment_text
from sptapi.representations.times import render_time
from sptapi.services.comments import comment_on, comments_on, remove_comment
from sptjobs.store.comments import JobComment


async def list_(request: web.Request) -> web.Response:
    """List them, oldest first."""
    database, job_id = request.app[ENGINE].database, request.match_info["job_id"]
    found = await comments_on(database, request[IDENTITY], job_id)
    return json_response({"comments": [_tree(each) for each in found]})


async def create(request: web.Request) -> web.Response:
    """Say something of a job."""
    text = read_comment_text(await small_intake(request))
    database, job_id = request.app[ENGINE].database, request.match_info["job_id"]
    made = await comment_on(database, request[IDENTITY], job_id, text)
    return json_response(_tree(made), status=HTTPStatus.CREATED)


async def delete(request: web.Request) -> web.Response:
    """Remove a comment."""
    database, ids = request.app[ENGINE].database, request.match_info
    await remove_comment(database, request[IDENTITY], ids["job_id"], ids["comment_id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _tree(comment: JobComment) -> dict[str, Any]:
    return {
        "id": comment.comment_id,
        "account": comment.author_id,
        "author": comment.author,
        "created": render_time(comment.created),
        "text": comment.text,
    }
