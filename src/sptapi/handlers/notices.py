"""Messages that users ask for: by mail and webhook."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.http.actor import actor
from sptapi.http.bodies import small_intake
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, IDENTITY, SETTINGS
from sptapi.parameters.notices import read_notice_wish
from sptapi.representations.times import render_known, render_time
from sptapi.services.notices import end_notice, make_notice, own_notices
from sptjobs.store.notices import Notice


async def list_(request: web.Request) -> web.Response:
    """List what the user asked for, and what the site can send."""
    settings = request.app[SETTINGS]
    notices, email = await own_notices(request.app[ENGINE], request[IDENTITY])
    document = {
        "mail": settings.mail is not None,
        "email": email,
        "webhooks": settings.webhooks,
        "notices": [_tree(each) for each in notices],
    }
    return json_response(document)


async def create(request: web.Request) -> web.Response:
    """Ask for messages; the secret of a webhook is shown this once."""
    wish = read_notice_wish(await small_intake(request), request.app[SETTINGS])
    made = await make_notice(request.app[ENGINE], request[IDENTITY], wish, actor(request))
    secret = {} if made.secret is None else {"secret": made.secret}
    return json_response(_tree(made) | secret, status=HTTPStatus.CREATED)


async def delete(request: web.Request) -> web.Response:
    """End messages."""
    notice_id = request.match_info["notice_id"]
    await end_notice(request.app[ENGINE], request[IDENTITY], notice_id, actor(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _tree(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.notice_id,
        "channel": notice.wish.channel.value,
        "topic": notice.wish.topic.value,
        "url": notice.wish.url,
        "job": notice.wish.job_id,
        "created": render_time(notice.created),
        "lastSent": render_known(notice.last_sent),
        "lastError": notice.last_error,
        "stopped": notice.is_stopped,
    }
